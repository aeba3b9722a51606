-- The complete days of each account before the end of the period.
SELECT account, charge_date, CAST(charge_date - DATE '0001-01-01' + 1 AS INTEGER) AS day_number
FROM complete_day
WHERE (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
    AND (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
