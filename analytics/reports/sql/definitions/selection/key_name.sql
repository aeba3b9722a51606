-- Every text that names a key: its mask, and each name that it has had. The mask of a key means that key, and not another that was
-- given it for a name.
SELECT account, api_key, api_key AS name FROM named_credential
UNION
SELECT account, api_key, api_key_name FROM named_credential WHERE api_key_name NOT IN (SELECT api_key FROM named_credential)
