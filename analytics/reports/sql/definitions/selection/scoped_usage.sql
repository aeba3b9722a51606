-- The selected rows of the period.
SELECT * FROM selected_usage
WHERE (CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE))
    AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
