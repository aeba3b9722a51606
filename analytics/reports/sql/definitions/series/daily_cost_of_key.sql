-- What each key cost on each complete day with use.
SELECT series, charge_date, sum(computed_cost)::DECIMAL(38, 18) AS computed_cost, bool_and(is_reconciled) AS is_reconciled
FROM (
    SELECT credential_id, currency, charge_date, sum(unit_price * quantity) AS computed_cost, bool_and(is_reconciled) AS is_reconciled
    FROM complete_fact
    WHERE unit_price IS NOT NULL
    GROUP BY credential_id, currency, charge_date
) AS used
JOIN selected_credential USING (credential_id)
JOIN key_label USING (account, api_key, currency)
GROUP BY series, currency, charge_date
