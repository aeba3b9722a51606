SELECT
    api_key_name.account,
    api_key_name.api_key,
    api_key_name.api_key_name,
    api_key_name.first_date,
    api_key_name.last_date,
    api_key_name.api_key_name = newest.label AS is_newest
FROM api_key_name
JOIN (SELECT DISTINCT account, api_key, label FROM named_credential) AS newest USING (account, api_key)
WHERE (api_key_name.account, api_key_name.api_key) IN (SELECT account, api_key FROM selected_credential)
    AND (CAST($start AS DATE) IS NULL OR api_key_name.last_date >= CAST($start AS DATE))
    AND (CAST($end AS DATE) IS NULL OR api_key_name.first_date < CAST($end AS DATE))
ORDER BY api_key_name.account, api_key_name.api_key, api_key_name.first_date, api_key_name.last_date, api_key_name.api_key_name;
