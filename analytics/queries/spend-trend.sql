-- What each day, week, month or hour cost, per currency: the top keys or models told apart and the rest as other, or in total.
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
        currency,
        sum(computed_cost) AS computed_cost,
        bool_and(is_reconciled) AS is_reconciled,
        bool_and(is_complete) AS is_complete
    FROM scoped_usage
    WHERE CAST($grain AS VARCHAR) <> 'hour' OR charge_end <= charge_start + INTERVAL 1 HOUR
    GROUP BY bucket_date, bucket_start, series, series_account, series_api_key, currency
),

ranked AS (
    SELECT
        series, series_account, series_api_key, currency,
        row_number() OVER (PARTITION BY currency ORDER BY sum(computed_cost) DESC, series_account, series_api_key, series) AS rank
    FROM step
    GROUP BY series, series_account, series_api_key, currency
),

top AS (
    SELECT * FROM ranked WHERE rank <= coalesce(CAST($top AS BIGINT), 7)
),

total AS (
    SELECT
        step.bucket_date, step.bucket_start, step.currency,
        top.series, top.series_account, top.series_api_key, top.rank,
        sum(computed_cost)::DECIMAL(38, 18) AS computed_cost,
        bool_and(is_reconciled) AS is_reconciled,
        bool_and(is_complete) AS is_complete
    FROM step
    LEFT JOIN top
        ON top.currency = step.currency AND top.series = step.series
        AND top.series_account IS NOT DISTINCT FROM step.series_account
        AND top.series_api_key IS NOT DISTINCT FROM step.series_api_key
    GROUP BY step.bucket_date, step.bucket_start, step.currency, top.series, top.series_account, top.series_api_key, top.rank
)

SELECT
    bucket_date AS charge_date,
    bucket_start AS charge_start,
    coalesce(series, 'other') AS series,
    series_account AS account,
    series_api_key AS api_key,
    rank IS NULL AS is_other,
    currency,
    computed_cost,
    is_reconciled,
    is_complete
FROM total
ORDER BY charge_date, charge_start, currency, rank NULLS LAST;
