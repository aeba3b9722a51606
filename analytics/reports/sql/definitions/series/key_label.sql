-- The series of keys, numbered: one for each key and currency.
SELECT row_number() OVER (ORDER BY account, api_key, currency) - 1 AS series, account, api_key, api_key_name, currency
FROM (
    SELECT DISTINCT account, api_key, api_key_name, currency
    FROM (SELECT DISTINCT credential_id, currency FROM fact JOIN usage_line USING (line_id)) AS used
    JOIN selected_credential USING (credential_id)
    WHERE CAST($currency AS VARCHAR) IS NULL OR currency = CAST($currency AS VARCHAR)
) AS named
