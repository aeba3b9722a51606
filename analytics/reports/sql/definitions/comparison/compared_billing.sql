-- What was billed in the period and in the one before. The cost file names no keys: of a scope with keys nothing is billed.
SELECT *, coalesce(charge_date < CAST($previous_end AS DATE), FALSE) AS is_previous
FROM billing
WHERE (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
    AND (CAST($currency AS VARCHAR) IS NULL OR currency = CAST($currency AS VARCHAR))
    AND (CAST($models AS VARCHAR[]) IS NULL OR model IN (SELECT name FROM unnest(CAST($models AS VARCHAR[])) AS selected(name)))
    AND CAST($keys AS VARCHAR[]) IS NULL
    AND (
        (
            (CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE))
            AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
        )
        OR (
            charge_date >= CAST($previous_start AS DATE) AND charge_date < CAST($previous_end AS DATE)
            AND account IN (SELECT account FROM covered_account)
        )
    )
