-- The days of the period with rows, each with its source.
SELECT * FROM owned_day
WHERE (CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE))
    AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
    AND (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
