-- The accounts with evidence of any day of the period. Of another account nothing is known of the period, so that nothing of it has
-- changed since the one before.
SELECT DISTINCT account
FROM evident_day
WHERE (CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE))
    AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
