-- The credentials that a budget of accounts or of a key covers.
SELECT budget_period.number, named_credential.credential_id, named_credential.account
FROM budget_period
JOIN named_credential
    ON (budget_period.account IS NULL OR budget_period.account = named_credential.account)
    AND (
        budget_period.kind = 'account'
        OR (
            budget_period.kind = 'key'
            AND (
                named_credential.api_key = budget_period.subject
                OR (
                    budget_period.subject NOT IN (SELECT api_key FROM named_credential)
                    AND (named_credential.label = budget_period.subject OR named_credential.api_key_name = budget_period.subject)
                )
            )
        )
    )
