WITH price AS (
    SELECT
        model,
        meter,
        currency,
        unit_price,
        min(charge_date) AS first_date,
        max(charge_date) AS last_date,
        count(DISTINCT charge_date) AS day_count,
        sum(quantity)::BIGINT AS quantity
    FROM scoped_line
    WHERE unit_price IS NOT NULL
    GROUP BY model, meter, currency, unit_price
)

SELECT
    model,
    meter,
    currency,
    unit_price,
    (unit_price * 1000000)::DECIMAL(38, 12) AS million_tokens_price,
    first_date,
    last_date,
    day_count,
    quantity,
    quantity / sum(quantity) OVER (PARTITION BY model, meter, currency) AS quantity_ratio
FROM price
ORDER BY model, meter, currency, first_date, unit_price;
