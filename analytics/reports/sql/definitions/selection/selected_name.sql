-- The names that are selected as names. The mask of a key means that key, and not another that was given it for a name.
SELECT name
FROM unnest(CAST($keys AS VARCHAR[])) AS selected(name)
WHERE name NOT IN (SELECT api_key FROM named_credential)
