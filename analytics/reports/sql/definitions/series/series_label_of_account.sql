-- The series of accounts, numbered: one for each account and currency.
SELECT
    row_number() OVER (ORDER BY account, currency) - 1 AS series,
    account, NULL AS api_key, NULL AS api_key_name, NULL AS owner, NULL AS team, NULL AS project, NULL AS cost_center, currency
FROM (
    SELECT DISTINCT account, currency
    FROM selected_line
    WHERE CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE)
) AS used
