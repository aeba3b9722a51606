WITH total AS (
    SELECT
        account,
        api_key,
        api_key_name,
        model,
        currency,
        sum(computed_cost)::DECIMAL(38, 18) AS computed_cost,
        coalesce(sum(input_cache_hit_tokens), 0)::BIGINT AS input_cache_hit_tokens,
        coalesce(sum(input_cache_miss_tokens), 0)::BIGINT AS input_cache_miss_tokens,
        coalesce(sum(output_tokens), 0)::BIGINT AS output_tokens,
        coalesce(sum(request_count), 0)::BIGINT AS request_count,
        coalesce(sum(input_cache_hit_tokens + input_cache_miss_tokens + output_tokens), 0)::BIGINT AS total_tokens
    FROM scoped_total
    GROUP BY account, api_key, api_key_name, model, currency
),

caveat AS (
    SELECT
        account, api_key, model, currency,
        string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
            FILTER (WHERE NOT is_reconciled) AS unreconciled_dates,
        string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
            FILTER (WHERE NOT is_complete) AS partial_dates
    FROM scoped_caveat_day
    GROUP BY account, api_key, model, currency
)

SELECT
    account,
    api_key,
    api_key_name,
    model,
    currency,
    computed_cost,
    request_count,
    total_tokens,
    computed_cost / nullif(request_count, 0) AS cost_per_request,
    computed_cost * 1000000 / nullif(total_tokens, 0) AS cost_per_million_tokens,
    input_cache_hit_tokens / nullif(input_cache_hit_tokens + input_cache_miss_tokens, 0) AS cache_hit_ratio,
    total_tokens / nullif(request_count, 0) AS tokens_per_request,
    unreconciled_dates,
    partial_dates
FROM total
LEFT JOIN caveat USING (account, api_key, model, currency)
ORDER BY currency, computed_cost DESC, account, api_key, model;
