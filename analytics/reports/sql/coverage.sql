WITH span AS (
    SELECT account, min(charge_date) AS first_date, max(charge_date) AS last_date
    FROM (
        SELECT account, charge_date FROM scoped_day
        UNION ALL
        -- A month of the period is listed whole, as far as any export reaches.
        SELECT account, unnest([declared_start, declared_end - 1]) FROM covered_period
        WHERE account IN (SELECT account FROM scoped_day)
    ) AS known
    WHERE (CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE))
        AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
    GROUP BY account
),

calendar AS (
    SELECT account, CAST(unnest(generate_series(first_date, last_date, INTERVAL 1 DAY)) AS DATE) AS charge_date FROM span
),

row_total AS (
    SELECT account, import_id, charge_date, sum(row_count)::BIGINT AS row_count
    FROM usage_line
    GROUP BY account, import_id, charge_date
),

-- Hours between a day and the one before it that neither covers, for the same reason.
gap AS (
    SELECT account, charge_date, date_diff('minute', previous_end, day_start) / 60 AS gap_hours
    FROM (
        SELECT
            account, charge_date, day_start,
            lag(day_end) OVER (PARTITION BY account ORDER BY charge_date) AS previous_end,
            lag(charge_date) OVER (PARTITION BY account ORDER BY charge_date) AS previous_date
        FROM owned_day
    ) AS neighbour
    WHERE previous_date = charge_date - 1 AND previous_end < day_start
),

-- A day without rows inside an export's period was a day without use, if the export is proven to be later.
idle AS (
    SELECT
        calendar.account,
        calendar.charge_date,
        arg_max(covered_period.import_id, (covered_period.proven_until, covered_period.sha256)) AS import_id
    FROM calendar
    JOIN covered_period ON covered_period.account = calendar.account
        AND calendar.charge_date >= covered_period.declared_start AND calendar.charge_date < covered_period.declared_end
        AND covered_period.proven_until >= CAST(calendar.charge_date + 1 AS TIMESTAMP) + covered_period.day_shift
    WHERE (calendar.account, calendar.charge_date) NOT IN (SELECT account, charge_date FROM late_day)
    GROUP BY calendar.account, calendar.charge_date
)

SELECT
    calendar.account,
    calendar.charge_date,
    CASE
        WHEN day_overlap.overlap_hours > 0 THEN 'overlap'
        WHEN owned_day.is_complete THEN 'present'
        WHEN owned_day.account IS NOT NULL THEN 'partial'
        WHEN idle.import_id IS NOT NULL THEN 'present'
        ELSE 'absent'
    END AS status,
    coalesce(row_total.row_count, 0) AS row_count,
    owned_day.utc_offset,
    coalesce(day_overlap.overlap_hours, 0) AS overlap_hours,
    coalesce(gap.gap_hours, 0) AS gap_hours,
    owned_day.is_complete,
    coalesce(owned_day.import_id, idle.import_id) AS import_id
FROM calendar
LEFT JOIN owned_day ON owned_day.account = calendar.account AND owned_day.charge_date = calendar.charge_date
LEFT JOIN row_total ON row_total.account = owned_day.account AND row_total.charge_date = owned_day.charge_date
LEFT JOIN day_overlap ON day_overlap.account = calendar.account AND day_overlap.charge_date = calendar.charge_date
LEFT JOIN gap ON gap.account = calendar.account AND gap.charge_date = calendar.charge_date
LEFT JOIN idle ON idle.account = calendar.account AND idle.charge_date = calendar.charge_date
ORDER BY calendar.account, calendar.charge_date;
