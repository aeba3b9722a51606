WITH step AS (
    -- A peak price follows a peak or a standard price, any other one what was paid off-peak or all day.
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
    FROM price_tier
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
