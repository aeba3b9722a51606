-- What a million tokens and a request cost in each day, week, month or hour, per currency: the dearest keys or models told apart, or in total.
WITH ranked AS (
    SELECT
        api_key_name AS series, account, api_key, currency,
        row_number() OVER (PARTITION BY currency ORDER BY sum(computed_cost) DESC, account, api_key) AS rank
    FROM scoped_total
    WHERE CAST($by AS VARCHAR) = 'key'
    GROUP BY api_key_name, account, api_key, currency
    UNION ALL
    SELECT
        model, NULL, NULL, currency,
        row_number() OVER (PARTITION BY currency ORDER BY sum(computed_cost) DESC, model)
    FROM scoped_line
    WHERE CAST($by AS VARCHAR) = 'model'
    GROUP BY model, currency
),

top AS (
    SELECT * FROM ranked WHERE rank <= coalesce(CAST($top AS BIGINT), 7)
),

top_credential AS (
    SELECT asked_credential.credential_id, top.currency, top.rank
    FROM top
    JOIN asked_credential USING (account, api_key)
),

step AS (
    SELECT
        month_date AS bucket_date, NULL AS bucket_start, used.currency, rank, computed_cost, request_count,
        input_cache_hit_tokens + input_cache_miss_tokens + output_tokens AS total_tokens,
        is_reconciled, is_complete
    FROM scoped_part AS used
    LEFT JOIN top_credential ON top_credential.credential_id = used.credential_id AND top_credential.currency = used.currency
    WHERE CAST($by AS VARCHAR) = 'key' AND CAST($grain AS VARCHAR) = 'month'
    UNION ALL
    SELECT
        CASE CAST($grain AS VARCHAR)
            WHEN 'week' THEN CAST(date_trunc('week', charge_date) AS DATE)
            WHEN 'month' THEN CAST(date_trunc('month', charge_date) AS DATE)
            ELSE charge_date
        END AS bucket_date,
        CASE CAST($grain AS VARCHAR) WHEN 'hour' THEN charge_start END AS bucket_start,
        used.currency, rank, computed_cost,
        CASE meter WHEN 'request_count' THEN quantity ELSE 0 END AS request_count,
        CASE meter WHEN 'request_count' THEN 0 ELSE quantity END AS total_tokens,
        is_reconciled, is_complete
    FROM scoped_fact AS used
    LEFT JOIN top_credential ON top_credential.credential_id = used.credential_id AND top_credential.currency = used.currency
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
        used.currency, CASE CAST($by AS VARCHAR) WHEN 'total' THEN 0 ELSE rank END, computed_cost,
        CASE meter WHEN 'request_count' THEN quantity ELSE 0 END AS request_count,
        CASE meter WHEN 'request_count' THEN 0 ELSE quantity END AS total_tokens,
        is_reconciled, is_complete
    FROM scoped_line AS used
    LEFT JOIN top ON top.series = used.model AND top.currency = used.currency
    WHERE CAST($by AS VARCHAR) <> 'key'
        AND (CAST($grain AS VARCHAR) <> 'hour' OR charge_end <= charge_start + INTERVAL 1 HOUR)
),

total AS (
    SELECT
        bucket_date, bucket_start, currency, rank,
        sum(computed_cost)::DECIMAL(38, 18) AS computed_cost,
        sum(request_count)::BIGINT AS request_count,
        sum(total_tokens)::BIGINT AS total_tokens,
        bool_and(is_reconciled) AS is_reconciled,
        bool_and(is_complete) AS is_complete
    FROM step
    GROUP BY bucket_date, bucket_start, currency, rank
)

SELECT
    total.bucket_date AS charge_date,
    total.bucket_start AS charge_start,
    CASE WHEN total.rank IS NULL THEN 'other' ELSE coalesce(top.series, 'total') END AS series,
    top.account,
    top.api_key,
    total.rank IS NULL AS is_other,
    total.currency,
    total.computed_cost,
    total.request_count,
    total.total_tokens,
    total.computed_cost * 1000000 / nullif(total.total_tokens, 0) AS cost_per_million_tokens,
    total.computed_cost / nullif(total.request_count, 0) AS cost_per_request,
    total.is_reconciled,
    total.is_complete
FROM total
LEFT JOIN top ON top.rank = total.rank AND top.currency = total.currency
ORDER BY total.bucket_date, total.bucket_start, total.currency, total.rank NULLS LAST;
