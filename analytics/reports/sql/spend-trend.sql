WITH total AS (
    SELECT
        bucket_date, bucket_start, currency, rank,
        sum(computed_cost)::DECIMAL(38, 18) AS computed_cost,
        bool_and(is_reconciled) AS is_reconciled,
        bool_and(is_complete) AS is_complete
    FROM cost_step
    GROUP BY bucket_date, bucket_start, currency, rank
)

SELECT
    total.bucket_date AS charge_date,
    total.bucket_start AS charge_start,
    CASE WHEN total.rank IS NULL THEN 'other' ELSE coalesce(shown.series, 'total') END AS series,
    shown.account,
    shown.api_key,
    total.rank IS NULL AS is_other,
    total.currency,
    total.computed_cost,
    total.is_reconciled,
    total.is_complete
FROM total
LEFT JOIN cost_series AS shown ON shown.rank = total.rank AND shown.currency = total.currency
ORDER BY total.bucket_date, total.bucket_start, total.currency, total.rank NULLS LAST;
