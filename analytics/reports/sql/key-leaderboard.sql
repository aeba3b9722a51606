WITH key_total AS (
    SELECT
        account,
        api_key,
        api_key_name,
        currency,
        sum(computed_cost) FILTER (WHERE NOT is_previous)::DECIMAL(38, 18) AS computed_cost,
        coalesce(sum(computed_cost) FILTER (WHERE is_previous), 0)::DECIMAL(38, 18) AS cost_before,
        coalesce(sum(input_cache_hit_tokens) FILTER (WHERE NOT is_previous), 0)::BIGINT
            AS input_cache_hit_tokens,
        coalesce(sum(input_cache_miss_tokens) FILTER (WHERE NOT is_previous), 0)::BIGINT
            AS input_cache_miss_tokens,
        coalesce(sum(output_tokens) FILTER (WHERE NOT is_previous), 0)::BIGINT AS output_tokens,
        coalesce(sum(request_count) FILTER (WHERE NOT is_previous), 0)::BIGINT AS request_count,
        max(last_date) AS last_date
    FROM compared_total
    GROUP BY account, api_key, api_key_name, currency
    HAVING bool_or(NOT is_previous)
),

ranked AS (
    SELECT
        key_total.*,
        CASE WHEN comparable_account.account IS NOT NULL THEN cost_before END AS previous_computed_cost,
        input_cache_hit_tokens + input_cache_miss_tokens + output_tokens AS total_tokens,
        row_number() OVER by_cost AS rank,
        computed_cost / nullif(sum(computed_cost) OVER (PARTITION BY currency), 0) AS cost_ratio,
        sum(computed_cost) OVER by_cost / nullif(sum(computed_cost) OVER (PARTITION BY currency), 0) AS cumulative_cost_ratio
    FROM key_total
    LEFT JOIN comparable_account USING (account)
    WINDOW by_cost AS (PARTITION BY currency ORDER BY computed_cost DESC, account, api_key ROWS UNBOUNDED PRECEDING)
),

-- The owners of each key in the period, one after the other or together.
key_owner AS (
    SELECT key_rule.account, key_rule.api_key, string_agg(DISTINCT rule_part.owner, ', ' ORDER BY rule_part.owner) AS owner
    FROM key_rule
    JOIN rule_part ON rule_part.number = key_rule.number
    WHERE (CAST($end AS DATE) IS NULL OR start_date IS NULL OR start_date < CAST($end AS DATE))
        AND (CAST($start AS DATE) IS NULL OR end_date IS NULL OR end_date > CAST($start AS DATE))
    GROUP BY key_rule.account, key_rule.api_key
),

caveat AS (
    SELECT
        account, api_key, currency,
        string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
            FILTER (WHERE NOT is_reconciled) AS unreconciled_dates,
        string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
            FILTER (WHERE NOT is_complete) AS partial_dates
    FROM compared_caveat_day
    GROUP BY account, api_key, currency
)

SELECT
    rank,
    account,
    api_key,
    api_key_name,
    owner,
    currency,
    computed_cost,
    previous_computed_cost,
    computed_cost - previous_computed_cost AS change_cost,
    request_count,
    input_cache_hit_tokens,
    input_cache_miss_tokens,
    output_tokens,
    total_tokens,
    last_date,
    cost_ratio,
    cumulative_cost_ratio,
    (computed_cost - previous_computed_cost) / nullif(previous_computed_cost, 0) AS change_ratio,
    input_cache_hit_tokens / nullif(input_cache_hit_tokens + input_cache_miss_tokens, 0) AS cache_hit_ratio,
    computed_cost / nullif(request_count, 0) AS cost_per_request,
    caveat.unreconciled_dates,
    caveat.partial_dates
FROM ranked
LEFT JOIN key_owner USING (account, api_key)
LEFT JOIN caveat USING (account, api_key, currency)
WHERE CAST($top AS BIGINT) IS NULL OR rank <= CAST($top AS BIGINT)
ORDER BY currency, rank;
