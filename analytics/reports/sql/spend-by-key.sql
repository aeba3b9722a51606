WITH total AS (
    SELECT
        account,
        api_key,
        api_key_name,
        currency,
        sum(computed_cost)::DECIMAL(38, 18) AS computed_cost,
        coalesce(sum(input_cache_hit_tokens), 0)::BIGINT AS input_cache_hit_tokens,
        coalesce(sum(input_cache_miss_tokens), 0)::BIGINT AS input_cache_miss_tokens,
        coalesce(sum(output_tokens), 0)::BIGINT AS output_tokens,
        coalesce(sum(request_count), 0)::BIGINT AS request_count
    FROM scoped_total
    GROUP BY account, api_key, api_key_name, currency
),

caveat AS (
    SELECT
        account, api_key, currency,
        string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
            FILTER (WHERE NOT is_reconciled) AS unreconciled_dates,
        string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
            FILTER (WHERE NOT is_complete) AS partial_dates
    FROM scoped_caveat_day
    GROUP BY account, api_key, currency
)

SELECT total.*, caveat.unreconciled_dates, caveat.partial_dates
FROM total
LEFT JOIN caveat USING (account, api_key, currency)
ORDER BY currency, computed_cost DESC, account, api_key;
