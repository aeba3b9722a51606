SELECT
    account,
    model,
    currency,
    sum(computed_cost)::DECIMAL(38, 18) AS computed_cost,
    coalesce(sum(quantity) FILTER (WHERE meter = 'input_cache_hit_tokens'), 0)::BIGINT AS input_cache_hit_tokens,
    coalesce(sum(quantity) FILTER (WHERE meter = 'input_cache_miss_tokens'), 0)::BIGINT AS input_cache_miss_tokens,
    coalesce(sum(quantity) FILTER (WHERE meter = 'output_tokens'), 0)::BIGINT AS output_tokens,
    coalesce(sum(quantity) FILTER (WHERE meter = 'request_count'), 0)::BIGINT AS request_count,
    string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
        FILTER (WHERE NOT is_reconciled) AS unreconciled_dates,
    string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
        FILTER (WHERE NOT is_complete) AS partial_dates
FROM scoped_line
GROUP BY account, model, currency
ORDER BY currency, computed_cost DESC, account, model;
