-- The selected lines of the period: rows of all keys added up, where no key is selected.
SELECT * FROM selected_line
WHERE (CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE))
    AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
