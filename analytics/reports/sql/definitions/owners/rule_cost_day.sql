-- What the keys of each rule cost on each recent day; of keys without a rule the number is NULL.
SELECT
    named_credential.account,
    currency,
    charge_date,
    CAST(date_trunc('month', charge_date) AS DATE) AS month_date,
    key_rule.number,
    sum(cost)::DECIMAL(38, 18) AS whole_cost,
    (sum(selected_cost) FILTER (WHERE credential_id IN (SELECT credential_id FROM selected_credential)))::DECIMAL(38, 18) AS cost
FROM recent_spend
JOIN named_credential USING (credential_id)
JOIN rule_epoch_day USING (charge_date)
LEFT JOIN key_rule
    ON key_rule.account = named_credential.account AND key_rule.api_key = named_credential.api_key
    AND rule_epoch_day.rule_epoch >= key_rule.start_epoch AND rule_epoch_day.rule_epoch < key_rule.end_epoch
GROUP BY named_credential.account, currency, charge_date, key_rule.number
