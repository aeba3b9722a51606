-- The credentials of the keys that a trend shows each on its own.
SELECT selected_credential.credential_id, cost_series.currency, cost_series.rank
FROM cost_series
JOIN selected_credential USING (account, api_key)
