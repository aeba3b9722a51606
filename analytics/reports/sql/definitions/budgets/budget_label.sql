-- The series of budgets, numbered: one for each budget and account.
SELECT row_number() OVER (ORDER BY number, account) - 1 AS series, number, account, NULL AS api_key, currency
FROM (SELECT DISTINCT number, account, currency FROM budget_day) AS charged
