-- The credentials of each series, as an earlier statement found them.
SELECT item.series, item.currency, item.credential_id
FROM unnest(CAST($series_credentials AS STRUCT(series INTEGER, currency VARCHAR, credential_id INTEGER)[])) AS given(item)
