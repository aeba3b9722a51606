-- The rows of a trend with the rank of their series: sums of months of keys are stored, and lines hold all keys; of a total the
-- rank is 0.
SELECT
    month_date AS bucket_date, NULL AS bucket_start, used.currency, rank, computed_cost, request_count,
    input_cache_hit_tokens + input_cache_miss_tokens + output_tokens AS total_tokens,
    is_reconciled, is_complete
FROM scoped_part AS used
LEFT JOIN cost_series_credential AS ranked ON ranked.credential_id = used.credential_id AND ranked.currency = used.currency
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
LEFT JOIN cost_series_credential AS ranked ON ranked.credential_id = used.credential_id AND ranked.currency = used.currency
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
LEFT JOIN cost_series AS ranked ON ranked.series = used.model AND ranked.currency = used.currency
WHERE CAST($by AS VARCHAR) <> 'key'
    AND (CAST($grain AS VARCHAR) <> 'hour' OR charge_end <= charge_start + INTERVAL 1 HOUR)
