-- The selected keys, with every name that each has had.
SELECT credential_id, account, api_key, label AS api_key_name
FROM named_credential
WHERE (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
    AND (
        CAST($keys AS VARCHAR[]) IS NULL
        OR api_key IN (SELECT name FROM unnest(CAST($keys AS VARCHAR[])) AS selected(name))
        OR label IN (SELECT name FROM selected_name)
        OR api_key_name IN (SELECT name FROM selected_name)
    )
