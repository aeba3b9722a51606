SELECT
    charge_date,
    account,
    coalesce(sum(quantity) FILTER (WHERE meter = 'input_cache_hit_tokens'), 0)::BIGINT AS input_cache_hit_tokens,
    coalesce(sum(quantity) FILTER (WHERE meter = 'input_cache_miss_tokens'), 0)::BIGINT AS input_cache_miss_tokens,
    coalesce(sum(quantity) FILTER (WHERE meter = 'output_tokens'), 0)::BIGINT AS output_tokens,
    coalesce(sum(quantity) FILTER (WHERE meter = 'request_count'), 0)::BIGINT AS request_count,
    coalesce(sum(quantity) FILTER (WHERE meter <> 'request_count'), 0)::BIGINT AS total_tokens,
    coalesce(sum(quantity) FILTER (WHERE meter = 'input_cache_hit_tokens'), 0)
        / nullif(sum(quantity) FILTER (WHERE meter IN ('input_cache_hit_tokens', 'input_cache_miss_tokens')), 0)
        AS cache_hit_ratio,
    bool_and(is_complete) AS is_complete
FROM scoped_line
GROUP BY charge_date, account
ORDER BY charge_date, account;
