-- The selected rows of the period with the number of their credential.
SELECT * FROM period_fact
WHERE (CAST($currency AS VARCHAR) IS NULL OR currency = CAST($currency AS VARCHAR))
    AND (CAST($models AS VARCHAR[]) IS NULL OR model IN (SELECT name FROM unnest(CAST($models AS VARCHAR[])) AS selected(name)))
    AND (
        (CAST($keys AS VARCHAR[]) IS NULL AND CAST($account AS VARCHAR) IS NULL)
        OR credential_id IN (SELECT credential_id FROM selected_credential)
    )
