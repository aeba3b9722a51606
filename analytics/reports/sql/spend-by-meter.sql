WITH total AS (
    SELECT
        model,
        meter,
        currency,
        sum(quantity)::BIGINT AS quantity,
        CASE WHEN count(unit_price) > 0 THEN sum(computed_cost) END::DECIMAL(38, 18) AS computed_cost,
        string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
            FILTER (WHERE NOT is_reconciled) AS unreconciled_dates,
        string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
            FILTER (WHERE NOT is_complete) AS partial_dates
    FROM scoped_line
    GROUP BY model, meter, currency
)

SELECT
    model,
    meter,
    currency,
    quantity,
    computed_cost,
    computed_cost * 1000000 / nullif(quantity, 0) AS cost_per_million_tokens,
    computed_cost / nullif(sum(computed_cost) OVER (PARTITION BY currency), 0) AS cost_ratio,
    unreconciled_dates,
    partial_dates
FROM total
ORDER BY currency, model, meter;
