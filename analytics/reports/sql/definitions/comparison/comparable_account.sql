-- The accounts whose evidence reaches back to the first day compared with: the change of any other is unknown.
SELECT account
FROM covered_period
GROUP BY account
HAVING min(declared_start) <= CAST($previous_start AS DATE)
    AND bool_or(declared_start < CAST($previous_end AS DATE) AND declared_end > CAST($previous_start AS DATE))
