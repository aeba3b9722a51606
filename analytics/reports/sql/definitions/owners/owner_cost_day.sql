-- What each owner was charged by each account on each recent day: an estimate where keys are shared.
SELECT
    account, currency, charge_date, owner, team, project, cost_center,
    sum(CAST(rule_cost_day.whole_cost * coalesce(ratio, 1) AS DECIMAL(38, 18)))::DECIMAL(38, 18) AS whole_cost,
    sum(CAST(rule_cost_day.cost * coalesce(ratio, 1) AS DECIMAL(38, 18)))::DECIMAL(38, 18) AS cost
FROM rule_cost_day
LEFT JOIN part_month USING (month_date, currency, number)
GROUP BY account, currency, charge_date, owner, team, project, cost_center
