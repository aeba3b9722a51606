-- What each account charged to a budget on each recent day: an estimate where keys are shared.
SELECT budget_period.number, budget_credential.account, budget_period.currency, charge_date, sum(cost)::DECIMAL(38, 18) AS cost
FROM recent_spend
JOIN budget_credential USING (credential_id)
JOIN budget_period ON budget_period.number = budget_credential.number AND budget_period.currency = recent_spend.currency
GROUP BY budget_period.number, budget_credential.account, budget_period.currency, charge_date
UNION ALL
SELECT budget_period.number, owner_cost_day.account, budget_period.currency, charge_date, sum(whole_cost)::DECIMAL(38, 18)
FROM budget_period
JOIN owner_cost_day
    ON owner_cost_day.currency = budget_period.currency
    AND (budget_period.account IS NULL OR budget_period.account = owner_cost_day.account)
    AND budget_period.subject = CASE budget_period.kind
        WHEN 'owner' THEN owner
        WHEN 'team' THEN team
        WHEN 'project' THEN project
        WHEN 'cost_center' THEN cost_center
    END
GROUP BY budget_period.number, owner_cost_day.account, budget_period.currency, charge_date
