-- The lines that were bought at a peak price.
SELECT line_id
FROM usage_line
JOIN tiered_price USING (charge_date, model, meter, currency, unit_price)
WHERE is_peak
