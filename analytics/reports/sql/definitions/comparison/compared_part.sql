-- What each credential used in either period: sums of whole months, and the rows of the other days.
SELECT
    credential_id, month_date, model, currency, is_previous, computed_cost, reconciled_cost,
    input_cache_hit_tokens, input_cache_miss_tokens, output_tokens, request_count, last_date, is_reconciled, is_complete
FROM credential_month
JOIN compared_month USING (month_date, model, currency)
UNION ALL
SELECT
    credential_id,
    month_date,
    model,
    currency,
    is_previous,
    CASE WHEN unit_price IS NULL THEN 0 ELSE unit_price * quantity END,
    CASE WHEN unit_price IS NULL OR NOT is_reconciled THEN 0 ELSE unit_price * quantity END,
    CASE meter WHEN 'input_cache_hit_tokens' THEN quantity ELSE 0 END,
    CASE meter WHEN 'input_cache_miss_tokens' THEN quantity ELSE 0 END,
    CASE meter WHEN 'output_tokens' THEN quantity ELSE 0 END,
    CASE meter WHEN 'request_count' THEN quantity ELSE 0 END,
    charge_date,
    is_reconciled,
    is_complete
FROM fact
JOIN (SELECT * FROM compared_line WHERE NOT is_in_whole_month) AS lone_line USING (line_id)
