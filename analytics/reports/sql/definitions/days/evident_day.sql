-- The days that evidence covers. A day without rows inside an export's period was a day without use; not so a day of a closed month
-- whose rows came late.
SELECT account, charge_date, is_complete FROM owned_day
UNION
SELECT account, CAST(day AS DATE), TRUE
FROM (
    SELECT
        account,
        unnest(generate_series(
            CAST(declared_start AS TIMESTAMP),
            CAST(least(declared_end - 1, CAST(proven_until - day_shift AS DATE) - 1) AS TIMESTAMP),
            INTERVAL 1 DAY
        )) AS day
    FROM covered_period
) AS covered
WHERE (account, CAST(day AS DATE)) NOT IN (SELECT account, charge_date FROM owned_day)
    AND (account, CAST(day AS DATE)) NOT IN (SELECT account, charge_date FROM late_day)
