-- The selected lines of complete days before the end of the period.
SELECT * FROM usage_line
WHERE is_complete
    AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
    AND (CAST($currency AS VARCHAR) IS NULL OR currency = CAST($currency AS VARCHAR))
    AND (CAST($models AS VARCHAR[]) IS NULL OR model IN (SELECT name FROM unnest(CAST($models AS VARCHAR[])) AS selected(name)))
