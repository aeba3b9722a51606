WITH ranked AS (
    SELECT
        api_key_name AS series, account, api_key,
        row_number() OVER (
            ORDER BY sum(input_cache_hit_tokens + input_cache_miss_tokens + output_tokens) DESC, account, api_key
        ) AS rank
    FROM scoped_total
    WHERE CAST($by AS VARCHAR) = 'key'
    GROUP BY api_key_name, account, api_key
    UNION ALL
    SELECT
        model, NULL, NULL,
        row_number() OVER (ORDER BY coalesce(sum(quantity) FILTER (WHERE meter <> 'request_count'), 0) DESC, model)
    FROM scoped_line
    WHERE CAST($by AS VARCHAR) = 'model'
    GROUP BY model
),

top AS (
    SELECT * FROM ranked WHERE rank <= coalesce(CAST($top AS BIGINT), 7)
),

top_credential AS (
    SELECT selected_credential.credential_id, top.rank
    FROM top
    JOIN selected_credential USING (account, api_key)
),

step AS (
    SELECT
        month_date AS bucket_date, NULL AS bucket_start, rank,
        input_cache_hit_tokens, input_cache_miss_tokens, output_tokens, request_count,
        is_complete
    FROM scoped_part AS used
    LEFT JOIN top_credential ON top_credential.credential_id = used.credential_id
    WHERE CAST($by AS VARCHAR) = 'key' AND CAST($grain AS VARCHAR) = 'month'
    UNION ALL
    SELECT
        CASE CAST($grain AS VARCHAR)
            WHEN 'week' THEN CAST(date_trunc('week', charge_date) AS DATE)
            WHEN 'month' THEN CAST(date_trunc('month', charge_date) AS DATE)
            ELSE charge_date
        END AS bucket_date,
        CASE CAST($grain AS VARCHAR) WHEN 'hour' THEN charge_start END AS bucket_start,
        rank,
        CASE meter WHEN 'input_cache_hit_tokens' THEN quantity ELSE 0 END AS input_cache_hit_tokens,
        CASE meter WHEN 'input_cache_miss_tokens' THEN quantity ELSE 0 END AS input_cache_miss_tokens,
        CASE meter WHEN 'output_tokens' THEN quantity ELSE 0 END AS output_tokens,
        CASE meter WHEN 'request_count' THEN quantity ELSE 0 END AS request_count,
        is_complete
    FROM scoped_fact AS used
    LEFT JOIN top_credential ON top_credential.credential_id = used.credential_id
    WHERE CAST($by AS VARCHAR) = 'key' AND CAST($grain AS VARCHAR) <> 'month'
        AND (CAST($grain AS VARCHAR) <> 'hour' OR charge_end <= charge_start + INTERVAL 1 HOUR)
    UNION ALL
    SELECT
        CASE CAST($grain AS VARCHAR)
            WHEN 'week' THEN CAST(date_trunc('week', charge_date) AS DATE)
            WHEN 'month' THEN CAST(date_trunc('month', charge_date) AS DATE)
            ELSE charge_date
        END AS bucket_date,
        CASE CAST($grain AS VARCHAR) WHEN 'hour' THEN charge_start END AS bucket_start,
        CASE CAST($by AS VARCHAR) WHEN 'total' THEN 0 ELSE rank END,
        CASE meter WHEN 'input_cache_hit_tokens' THEN quantity ELSE 0 END AS input_cache_hit_tokens,
        CASE meter WHEN 'input_cache_miss_tokens' THEN quantity ELSE 0 END AS input_cache_miss_tokens,
        CASE meter WHEN 'output_tokens' THEN quantity ELSE 0 END AS output_tokens,
        CASE meter WHEN 'request_count' THEN quantity ELSE 0 END AS request_count,
        is_complete
    FROM scoped_line AS used
    LEFT JOIN top ON top.series = used.model
    WHERE CAST($by AS VARCHAR) <> 'key'
        AND (CAST($grain AS VARCHAR) <> 'hour' OR charge_end <= charge_start + INTERVAL 1 HOUR)
),

total AS (
    SELECT
        bucket_date, bucket_start, rank,
        sum(input_cache_hit_tokens)::BIGINT AS input_cache_hit_tokens,
        sum(input_cache_miss_tokens)::BIGINT AS input_cache_miss_tokens,
        sum(output_tokens)::BIGINT AS output_tokens,
        sum(request_count)::BIGINT AS request_count,
        sum(input_cache_hit_tokens + input_cache_miss_tokens + output_tokens)::BIGINT AS total_tokens,
        bool_and(is_complete) AS is_complete
    FROM step
    GROUP BY bucket_date, bucket_start, rank
)

SELECT
    total.bucket_date AS charge_date,
    total.bucket_start AS charge_start,
    CASE WHEN total.rank IS NULL THEN 'other' ELSE coalesce(top.series, 'total') END AS series,
    top.account,
    top.api_key,
    total.rank IS NULL AS is_other,
    input_cache_hit_tokens,
    input_cache_miss_tokens,
    output_tokens,
    request_count,
    total_tokens,
    input_cache_hit_tokens / nullif(input_cache_hit_tokens + input_cache_miss_tokens, 0) AS cache_hit_ratio,
    total_tokens / nullif(request_count, 0) AS tokens_per_request,
    is_complete
FROM total
LEFT JOIN top ON top.rank = total.rank
ORDER BY total.bucket_date, total.bucket_start, total.rank NULLS LAST;
