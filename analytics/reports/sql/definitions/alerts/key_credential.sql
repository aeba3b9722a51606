-- The credentials of each key and currency, with the number of the key's series as in `key_label`.
SELECT
    dense_rank() OVER (ORDER BY account, api_key, currency) - 1 AS series,
    account, api_key, currency, credential_id
FROM (SELECT DISTINCT credential_id, currency FROM fact JOIN usage_line USING (line_id)) AS used
JOIN selected_credential USING (credential_id)
WHERE CAST($currency AS VARCHAR) IS NULL OR currency = CAST($currency AS VARCHAR)
