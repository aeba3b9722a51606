-- What one unit of each line adds to the measures of its day, as doubles, which hold whole numbers up to 2^53: in the period and in
-- the days before it that its days are compared with.
SELECT
    line_id,
    complete_line.currency,
    CAST(charge_date - DATE '0001-01-01' + 1 AS INTEGER) AS day_number,
    coalesce(CAST(steady_price AS DOUBLE), 0) AS cost,
    CAST(unit_price IS NULL AS DOUBLE) AS requests,
    CAST(meter = 'input_cache_hit_tokens' AS DOUBLE) AS hits,
    CAST(meter IN ('input_cache_hit_tokens', 'input_cache_miss_tokens') AS DOUBLE) AS input,
    CAST(unit_price IS NOT NULL AS DOUBLE) AS tokens,
    CASE WHEN unit_price IS NULL THEN 0 ELSE coalesce(CAST(model_price AS DOUBLE), 0) END AS dearness,
    CAST(line_id IN (SELECT line_id FROM given_peak_line) AS DOUBLE) AS peak_tokens,
    CAST((charge_date, complete_line.currency) IN (
        SELECT charge_date, currency FROM usage_line WHERE line_id IN (SELECT line_id FROM given_peak_line)
    ) AS DOUBLE) AS is_peak_day
FROM complete_line
LEFT JOIN steady_price USING (model, meter, currency)
LEFT JOIN steady_model USING (model, currency)
WHERE CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE) - CAST($compared_days AS INTEGER)
