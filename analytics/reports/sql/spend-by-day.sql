SELECT
    charge_date,
    account,
    currency,
    sum(computed_cost)::DECIMAL(38, 18) AS computed_cost,
    coalesce(sum(quantity) FILTER (WHERE meter = 'input_cache_hit_tokens'), 0)::BIGINT AS input_cache_hit_tokens,
    coalesce(sum(quantity) FILTER (WHERE meter = 'input_cache_miss_tokens'), 0)::BIGINT AS input_cache_miss_tokens,
    coalesce(sum(quantity) FILTER (WHERE meter = 'output_tokens'), 0)::BIGINT AS output_tokens,
    coalesce(sum(quantity) FILTER (WHERE meter = 'request_count'), 0)::BIGINT AS request_count,
    bool_and(is_reconciled) AS is_reconciled,
    bool_and(is_complete) AS is_complete
FROM scoped_line
GROUP BY charge_date, account, currency
ORDER BY charge_date, account, currency;
