-- The reconciliation of the selected accounts, currencies and models.
SELECT * FROM reconciliation
WHERE (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
    AND (CAST($currency AS VARCHAR) IS NULL OR currency = CAST($currency AS VARCHAR))
    AND (CAST($models AS VARCHAR[]) IS NULL OR model IN (SELECT name FROM unnest(CAST($models AS VARCHAR[])) AS selected(name)))
