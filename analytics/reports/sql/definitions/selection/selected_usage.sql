-- The selected rows, on any day.
SELECT * FROM usage
WHERE (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
    AND (CAST($currency AS VARCHAR) IS NULL OR currency = CAST($currency AS VARCHAR))
    AND (CAST($models AS VARCHAR[]) IS NULL OR model IN (SELECT name FROM unnest(CAST($models AS VARCHAR[])) AS selected(name)))
    AND (CAST($keys AS VARCHAR[]) IS NULL OR (account, api_key) IN (SELECT account, api_key FROM selected_credential))
