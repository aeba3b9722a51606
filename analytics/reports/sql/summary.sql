WITH key_total AS (
    SELECT
        account,
        api_key,
        currency,
        sum(computed_cost) FILTER (WHERE NOT is_previous) AS computed_cost,
        sum(computed_cost) FILTER (WHERE is_previous) AS previous_computed_cost,
        sum(reconciled_cost) FILTER (WHERE NOT is_previous) AS reconciled_cost,
        sum(input_cache_hit_tokens) FILTER (WHERE NOT is_previous) AS input_cache_hit_tokens,
        sum(input_cache_miss_tokens) FILTER (WHERE NOT is_previous) AS input_cache_miss_tokens,
        sum(output_tokens) FILTER (WHERE NOT is_previous) AS output_tokens,
        sum(request_count) FILTER (WHERE NOT is_previous) AS request_count,
        bool_or(NOT is_previous) AS is_active
    FROM compared_total
    GROUP BY account, api_key, currency
),

used AS (
    SELECT
        currency,
        sum(computed_cost) AS computed_cost,
        CASE WHEN count(*) = count(comparable_account.account) THEN coalesce(sum(previous_computed_cost), 0) END
            AS previous_computed_cost,
        coalesce(sum(reconciled_cost), 0) AS reconciled_cost,
        coalesce(sum(input_cache_hit_tokens), 0)::BIGINT AS input_cache_hit_tokens,
        coalesce(sum(input_cache_miss_tokens), 0)::BIGINT AS input_cache_miss_tokens,
        coalesce(sum(output_tokens), 0)::BIGINT AS output_tokens,
        coalesce(sum(request_count), 0)::BIGINT AS request_count,
        count(*) FILTER (WHERE is_active) AS api_key_count
    FROM key_total
    LEFT JOIN comparable_account USING (account)
    GROUP BY currency
),

billed AS (
    SELECT currency, sum(billed_cost) AS billed_cost
    FROM compared_billing
    WHERE NOT is_previous
    GROUP BY currency
),

caveat AS (
    SELECT
        currency,
        string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
            FILTER (WHERE NOT is_reconciled) AS unreconciled_dates,
        string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
            FILTER (WHERE NOT is_complete) AS partial_dates
    FROM compared_caveat_day
    GROUP BY currency
),

total AS (
    SELECT
        currency,
        billed.billed_cost::DECIMAL(38, 18) AS billed_cost,
        coalesce(used.computed_cost, 0)::DECIMAL(38, 18) AS computed_cost,
        used.previous_computed_cost::DECIMAL(38, 18) AS previous_computed_cost,
        (coalesce(used.computed_cost, 0) - used.previous_computed_cost)::DECIMAL(38, 18) AS change_cost,
        used.* EXCLUDE (currency, computed_cost, previous_computed_cost)
    FROM used
    FULL JOIN billed USING (currency)
)

SELECT
    currency,
    billed_cost,
    computed_cost,
    previous_computed_cost,
    change_cost,
    coalesce(request_count, 0) AS request_count,
    coalesce(input_cache_hit_tokens, 0) AS input_cache_hit_tokens,
    coalesce(input_cache_miss_tokens, 0) AS input_cache_miss_tokens,
    coalesce(output_tokens, 0) AS output_tokens,
    coalesce(input_cache_hit_tokens + input_cache_miss_tokens + output_tokens, 0) AS total_tokens,
    coalesce(api_key_count, 0) AS api_key_count,
    change_cost / nullif(previous_computed_cost, 0) AS change_ratio,
    reconciled_cost / nullif(computed_cost, 0) AS reconciled_ratio,
    input_cache_hit_tokens / nullif(input_cache_hit_tokens + input_cache_miss_tokens, 0) AS cache_hit_ratio,
    computed_cost / nullif(request_count, 0) AS cost_per_request,
    computed_cost * 1000000 / nullif(input_cache_hit_tokens + input_cache_miss_tokens + output_tokens, 0) AS cost_per_million_tokens,
    caveat.unreconciled_dates,
    caveat.partial_dates
FROM total
LEFT JOIN caveat USING (currency)
ORDER BY currency;
