-- The credentials that a budget of accounts or of a key covers; a name that a key had for a time means all of it.
SELECT budget_period.number, named_credential.credential_id, named_credential.account
FROM budget_period
JOIN named_credential
    ON (budget_period.account IS NULL OR budget_period.account = named_credential.account)
    AND (
        budget_period.kind = 'account'
        OR (
            budget_period.kind = 'key'
            AND (budget_period.subject, named_credential.account, named_credential.api_key) IN (SELECT name, account, api_key FROM key_name)
        )
    )
