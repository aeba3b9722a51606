-- The tokens and requests of each day, week, month or hour: the top keys or models told apart and the rest as other, or in total.
WITH step AS (
    SELECT
        CASE CAST($grain AS VARCHAR)
            WHEN 'week' THEN CAST(date_trunc('week', charge_date) AS DATE)
            WHEN 'month' THEN CAST(date_trunc('month', charge_date) AS DATE)
            ELSE charge_date
        END AS bucket_date,
        CASE CAST($grain AS VARCHAR) WHEN 'hour' THEN charge_start END AS bucket_start,
        CASE CAST($by AS VARCHAR) WHEN 'key' THEN api_key_name WHEN 'model' THEN model ELSE 'total' END AS series,
        CASE CAST($by AS VARCHAR) WHEN 'key' THEN account END AS series_account,
        CASE CAST($by AS VARCHAR) WHEN 'key' THEN api_key END AS series_api_key,
        coalesce(sum(quantity) FILTER (WHERE meter = 'input_cache_hit_tokens'), 0) AS input_cache_hit_tokens,
        coalesce(sum(quantity) FILTER (WHERE meter = 'input_cache_miss_tokens'), 0) AS input_cache_miss_tokens,
        coalesce(sum(quantity) FILTER (WHERE meter = 'output_tokens'), 0) AS output_tokens,
        coalesce(sum(quantity) FILTER (WHERE meter = 'request_count'), 0) AS request_count,
        coalesce(sum(quantity) FILTER (WHERE meter <> 'request_count'), 0) AS total_tokens,
        bool_and(is_complete) AS is_complete
    FROM scoped_usage
    WHERE CAST($grain AS VARCHAR) <> 'hour' OR charge_end <= charge_start + INTERVAL 1 HOUR
    GROUP BY bucket_date, bucket_start, series, series_account, series_api_key
),

ranked AS (
    SELECT
        series, series_account, series_api_key,
        row_number() OVER (ORDER BY sum(total_tokens) DESC, series_account, series_api_key, series) AS rank
    FROM step
    GROUP BY series, series_account, series_api_key
),

top AS (
    SELECT * FROM ranked WHERE rank <= coalesce(CAST($top AS BIGINT), 7)
),

total AS (
    SELECT
        step.bucket_date, step.bucket_start,
        top.series, top.series_account, top.series_api_key, top.rank,
        sum(input_cache_hit_tokens)::BIGINT AS input_cache_hit_tokens,
        sum(input_cache_miss_tokens)::BIGINT AS input_cache_miss_tokens,
        sum(output_tokens)::BIGINT AS output_tokens,
        sum(request_count)::BIGINT AS request_count,
        sum(total_tokens)::BIGINT AS total_tokens,
        bool_and(is_complete) AS is_complete
    FROM step
    LEFT JOIN top
        ON top.series = step.series
        AND top.series_account IS NOT DISTINCT FROM step.series_account
        AND top.series_api_key IS NOT DISTINCT FROM step.series_api_key
    GROUP BY step.bucket_date, step.bucket_start, top.series, top.series_account, top.series_api_key, top.rank
)

SELECT
    bucket_date AS charge_date,
    bucket_start AS charge_start,
    coalesce(series, 'other') AS series,
    series_account AS account,
    series_api_key AS api_key,
    rank IS NULL AS is_other,
    input_cache_hit_tokens,
    input_cache_miss_tokens,
    output_tokens,
    request_count,
    total_tokens,
    input_cache_hit_tokens / nullif(input_cache_hit_tokens + input_cache_miss_tokens, 0) AS cache_hit_ratio,
    total_tokens / nullif(request_count, 0) AS tokens_per_request,
    is_complete
FROM total
ORDER BY charge_date, charge_start, rank NULLS LAST;
