WITH total AS (
    SELECT
        account,
        api_key,
        api_key_name,
        coalesce(sum(input_cache_hit_tokens), 0)::BIGINT AS input_cache_hit_tokens,
        coalesce(sum(input_cache_miss_tokens), 0)::BIGINT AS input_cache_miss_tokens,
        coalesce(sum(output_tokens), 0)::BIGINT AS output_tokens,
        coalesce(sum(request_count), 0)::BIGINT AS request_count,
        coalesce(sum(input_cache_hit_tokens + input_cache_miss_tokens + output_tokens), 0)::BIGINT AS total_tokens
    FROM scoped_total
    GROUP BY account, api_key, api_key_name
),

doubt AS (
    SELECT
        account, api_key,
        string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
            FILTER (WHERE NOT is_reconciled) AS unreconciled_dates,
        string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
            FILTER (WHERE NOT is_complete) AS partial_dates
    FROM scoped_doubt
    GROUP BY account, api_key
)

SELECT
    total.*,
    input_cache_hit_tokens / nullif(input_cache_hit_tokens + input_cache_miss_tokens, 0) AS cache_hit_ratio,
    doubt.unreconciled_dates,
    doubt.partial_dates
FROM total
LEFT JOIN doubt USING (account, api_key)
ORDER BY total_tokens DESC, account, api_key;
