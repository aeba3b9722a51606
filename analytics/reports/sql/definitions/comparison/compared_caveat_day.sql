-- The days that a sum must name, with their keys: not reconciled, or in progress when exported.
SELECT DISTINCT account, api_key, model, currency, charge_date, is_reconciled, is_complete, is_previous
FROM fact
JOIN (
    SELECT line_id, model, currency, charge_date, is_reconciled, is_complete, is_previous
    FROM compared_line
    WHERE NOT (is_reconciled AND is_complete)
) AS caveat_line USING (line_id)
JOIN selected_credential USING (credential_id)
