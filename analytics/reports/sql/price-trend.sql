SELECT
    charge_date,
    model,
    meter,
    currency,
    (min(unit_price) * 1000000)::DECIMAL(38, 12) AS lowest_million_tokens_price,
    (max(unit_price) * 1000000)::DECIMAL(38, 12) AS highest_million_tokens_price,
    sum(quantity)::BIGINT AS quantity,
    sum(computed_cost)::DECIMAL(38, 18) AS computed_cost,
    sum(computed_cost) * 1000000 / nullif(sum(quantity), 0) AS cost_per_million_tokens,
    bool_and(is_reconciled) AS is_reconciled,
    bool_and(is_complete) AS is_complete
FROM scoped_line
WHERE unit_price IS NOT NULL
GROUP BY charge_date, model, meter, currency
ORDER BY model, meter, currency, charge_date;
