-- The steps that prices took: what a million tokens cost from when to when, at peak and off-peak, and what they cost before.
WITH seen AS (
    -- What anybody paid: prices and their tiers are the vendor's, whichever keys are asked about.
    SELECT DISTINCT model, meter, currency, unit_price, charge_date
    FROM usage_line
    WHERE unit_price IS NOT NULL
),

-- A price that was paid again within ten days was in force all along: a peak price rests at weekends and on holidays.
begun AS (
    SELECT *, coalesce(charge_date > lag(charge_date) OVER one_price + 10, TRUE) AS is_new
    FROM seen
    WINDOW one_price AS (PARTITION BY model, meter, currency, unit_price ORDER BY charge_date)
),

numbered AS (
    SELECT *, count(*) FILTER (WHERE is_new) OVER one_price AS run
    FROM begun
    WINDOW one_price AS (PARTITION BY model, meter, currency, unit_price ORDER BY charge_date)
),

span AS (
    SELECT model, meter, currency, unit_price, min(charge_date) AS first_date, max(charge_date) AS last_date
    FROM numbered
    GROUP BY model, meter, currency, unit_price, run
),

-- Two prices in force at once are the tiers of a day. Where one ends on the day on which the other begins, the price changed.
tiered AS (
    SELECT
        span.model, span.meter, span.currency, span.unit_price, span.first_date, span.last_date,
        CASE
            WHEN bool_or(other.unit_price < span.unit_price) THEN 'peak'
            WHEN bool_or(other.unit_price > span.unit_price) THEN 'off-peak'
            ELSE 'standard'
        END AS tier
    FROM span
    LEFT JOIN span AS other
        ON other.model = span.model AND other.meter = span.meter AND other.currency = span.currency
        AND other.first_date <= span.last_date AND other.last_date >= span.first_date
        AND NOT (other.last_date = span.first_date AND other.first_date < span.first_date)
        AND NOT (span.last_date = other.first_date AND span.first_date < other.first_date)
    GROUP BY span.model, span.meter, span.currency, span.unit_price, span.first_date, span.last_date
),

-- A peak price follows a peak or a standard price, any other one what was paid off-peak or all day.
step AS (
    SELECT
        *,
        CASE tier
            WHEN 'peak' THEN lag(CASE WHEN tier <> 'off-peak' THEN unit_price END IGNORE NULLS) OVER history
            ELSE lag(CASE WHEN tier <> 'peak' THEN unit_price END IGNORE NULLS) OVER history
        END AS previous_unit_price,
        CASE tier
            WHEN 'peak' THEN lag(CASE WHEN tier <> 'off-peak' THEN last_date END IGNORE NULLS) OVER history
            ELSE lag(CASE WHEN tier <> 'peak' THEN last_date END IGNORE NULLS) OVER history
        END AS previous_last_date
    FROM tiered
    WINDOW history AS (PARTITION BY model, meter, currency ORDER BY first_date, last_date, unit_price)
),

paid AS (
    SELECT
        model, meter, currency, unit_price, charge_date,
        sum(quantity) AS quantity,
        sum(computed_cost) AS computed_cost
    FROM scoped_line
    WHERE unit_price IS NOT NULL
    GROUP BY model, meter, currency, unit_price, charge_date
)

SELECT
    step.model,
    step.meter,
    step.currency,
    step.tier,
    step.first_date,
    step.last_date,
    (step.unit_price * 1000000)::DECIMAL(38, 12) AS million_tokens_price,
    (step.previous_unit_price * 1000000)::DECIMAL(38, 12) AS previous_million_tokens_price,
    step.previous_last_date,
    step.unit_price / nullif(step.previous_unit_price, 0) - 1 AS change_ratio,
    sum(paid.quantity)::BIGINT AS quantity,
    sum(paid.computed_cost)::DECIMAL(38, 18) AS computed_cost
FROM step
JOIN paid
    ON paid.model = step.model AND paid.meter = step.meter AND paid.currency = step.currency
    AND paid.unit_price = step.unit_price AND paid.charge_date BETWEEN step.first_date AND step.last_date
GROUP BY
    step.model, step.meter, step.currency, step.unit_price, step.tier, step.first_date, step.last_date,
    step.previous_unit_price, step.previous_last_date
ORDER BY model, meter, currency, first_date, last_date, million_tokens_price;
