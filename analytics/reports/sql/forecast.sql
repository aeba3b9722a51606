WITH expected AS (
    SELECT
        item.series, item.first_date, item.last_date, item.complete_days, item.remaining_cost, item.remaining_low,
        item.remaining_high, item.past_error_ratio, item.history_days
    FROM unnest(
        CAST($forecasts AS STRUCT(
            series INTEGER, first_date DATE, last_date DATE, complete_days BIGINT, remaining_cost DECIMAL(38, 18),
            remaining_low DECIMAL(38, 18), remaining_high DECIMAL(38, 18), past_error_ratio DOUBLE, history_days BIGINT
        )[])
    ) AS given(item)
),

spent AS (
    SELECT
        series,
        sum(computed_cost)::DECIMAL(38, 18) AS month_to_date_cost,
        string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
            FILTER (WHERE NOT is_reconciled) AS unreconciled_dates
    FROM daily_cost
    JOIN expected USING (series)
    JOIN series_label AS label USING (series)
    WHERE charge_date >= CAST($first_month AS DATE)
        AND charge_date >= first_date AND charge_date < first_date + INTERVAL 1 MONTH
    GROUP BY series, label.currency
)

SELECT
    strftime(expected.first_date, '%Y-%m') AS billing_period,
    CASE WHEN CAST($by AS VARCHAR) <> 'total' THEN label.account END AS account,
    label.api_key,
    label.api_key_name,
    label.owner,
    label.team,
    label.project,
    label.cost_center,
    CASE
        WHEN CAST($by AS VARCHAR) IN ('account', 'key', 'total') THEN NULL
        WHEN coalesce(label.owner, label.team, label.project, label.cost_center) IS NULL THEN 'unassigned'
        ELSE 'assigned'
    END AS assignment,
    label.currency,
    coalesce(spent.month_to_date_cost, 0)::DECIMAL(38, 18) AS month_to_date_cost,
    expected.remaining_cost,
    expected.remaining_low,
    expected.remaining_high,
    expected.past_error_ratio,
    expected.history_days,
    expected.complete_days,
    date_diff('day', expected.first_date, expected.first_date + INTERVAL 1 MONTH) AS month_days,
    expected.last_date,
    spent.unreconciled_dates
FROM expected
JOIN series_label AS label USING (series)
LEFT JOIN spent USING (series)
ORDER BY label.currency, label.account, series;
