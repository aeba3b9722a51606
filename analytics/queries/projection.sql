-- What the month will have cost by its end, per currency: its complete days, and their daily mean for the days that remain.
WITH complete AS (
    SELECT account, charge_date
    FROM evident_day
    WHERE is_complete
        AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
        AND (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
),

-- The newest month of each currency, whatever is known of the others.
month AS (
    SELECT
        currency,
        CAST(date_trunc('month', max(charge_date)) AS DATE) AS first_date,
        CAST(date_trunc('month', max(charge_date)) + INTERVAL 1 MONTH AS DATE) AS end_date
    FROM complete
    JOIN (SELECT DISTINCT account, currency FROM usage_line) AS paid USING (account)
    WHERE CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE)
    GROUP BY currency
),

pace AS (
    SELECT
        month.currency,
        complete.account,
        count(*)::BIGINT AS complete_days,
        min(month.end_date - month.first_date)::BIGINT AS month_days,
        max(complete.charge_date) AS last_date
    FROM complete
    JOIN month ON complete.charge_date >= month.first_date AND complete.charge_date < month.end_date
    GROUP BY month.currency, complete.account
)

SELECT
    strftime(month.first_date, '%Y-%m') AS billing_period,
    line.account,
    line.currency,
    sum(line.computed_cost)::DECIMAL(38, 18) AS month_to_date_cost,
    min(pace.complete_days) AS complete_days,
    min(pace.month_days) AS month_days,
    min(pace.last_date) AS last_date,
    string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
        FILTER (WHERE NOT is_reconciled) AS unreconciled_dates
FROM asked_line AS line
JOIN month
    ON month.currency = line.currency AND line.charge_date >= month.first_date AND line.charge_date < month.end_date
JOIN pace ON pace.account = line.account AND pace.currency = line.currency
WHERE (line.account, line.charge_date) IN (SELECT account, charge_date FROM complete)
GROUP BY month.first_date, line.account, line.currency
ORDER BY line.currency, line.account;
