-- The days of the period that no export of an account covers: of accounts whose evidence begins before its end. Without a first or a
-- last day the period of an account is that of its evidence.
SELECT account, charge_date
FROM (
    SELECT account, CAST(unnest(generate_series(first_date, last_date, INTERVAL 1 DAY)) AS DATE) AS charge_date
    FROM (
        SELECT
            account,
            CAST(coalesce(CAST($start AS DATE), min(charge_date)) AS TIMESTAMP) AS first_date,
            CAST(coalesce(CAST($end AS DATE) - 1, max(charge_date)) AS TIMESTAMP) AS last_date
        FROM evident_day
        WHERE CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR)
        GROUP BY account
        HAVING CAST($end AS DATE) IS NULL OR min(charge_date) < CAST($end AS DATE)
    ) AS span
) AS period_day
WHERE (account, charge_date) NOT IN (SELECT account, charge_date FROM evident_day)
