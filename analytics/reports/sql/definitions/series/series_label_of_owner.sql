-- The series of owners, numbered: one for each account, owner and currency, at the level of the breakdown.
SELECT DISTINCT series, account, NULL AS api_key, NULL AS api_key_name, owner, team, project, cost_center, currency FROM owner_cost_series
