-- The selected keys, with every name that each has had: a name that a key had for a time means all of it.
SELECT credential_id, account, api_key, label AS api_key_name
FROM named_credential
WHERE (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
    AND (
        CAST($keys AS VARCHAR[]) IS NULL
        OR (account, api_key) IN (
            SELECT account, api_key
            FROM key_name
            WHERE name IN (SELECT name FROM unnest(CAST($keys AS VARCHAR[])) AS selected(name))
        )
    )
