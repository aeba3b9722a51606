-- The whole months in either period, whose sums are stored.
SELECT DISTINCT month_date, model, currency, is_previous
FROM compared_line
WHERE is_in_whole_month
