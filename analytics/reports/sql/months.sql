WITH scope_day AS (
    SELECT
        account,
        charge_date,
        CAST(date_trunc('month', charge_date) AS DATE) AS month_date,
        CAST(date_trunc('month', charge_date) + INTERVAL 1 MONTH AS DATE) AS next_month_date,
        is_complete
    FROM evident_day
    WHERE CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR)
),

month AS (
    SELECT
        account,
        month_date,
        count(*) FILTER (WHERE is_complete)::BIGINT AS complete_days,
        min(next_month_date - month_date)::BIGINT AS month_days
    FROM scope_day
    -- A month with a day in the period is listed whole.
    WHERE (CAST($start AS DATE) IS NULL OR next_month_date > CAST($start AS DATE))
        AND (CAST($end AS DATE) IS NULL OR month_date < CAST($end AS DATE))
    GROUP BY account, month_date
),

caveat AS (
    SELECT account, month_date, count(*) FILTER (WHERE NOT is_reconciled)::BIGINT AS unreconciled_days
    FROM (
        SELECT
            account, charge_date,
            CAST(date_trunc('month', charge_date) AS DATE) AS month_date,
            bool_and(status = 'reconciled') AS is_reconciled
        FROM reconciliation
        GROUP BY account, charge_date
    ) AS day
    GROUP BY account, month_date
),

overlap AS (
    SELECT account, CAST(date_trunc('month', charge_date) AS DATE) AS month_date, count(*)::BIGINT AS overlapping_days
    FROM day_overlap
    GROUP BY account, month_date
),

total AS (
    SELECT
        account,
        CAST(date_trunc('month', charge_date) AS DATE) AS month_date,
        currency,
        CASE WHEN count(billed_cost) > 0 THEN sum(billed_cost) END::DECIMAL(38, 18) AS billed_cost,
        sum(computed_cost)::DECIMAL(38, 18) AS computed_cost
    FROM selected_reconciliation
    GROUP BY account, month_date, currency
),

late AS (
    SELECT
        account,
        CAST(date_trunc('month', charge_date) AS DATE) AS month_date,
        currency,
        sum(coalesce(billed_cost - closed_billed_cost, computed_cost - closed_computed_cost))::DECIMAL(38, 18) AS late_change_cost
    FROM late_adjustment
    WHERE section = 'model'
        AND (CAST($models AS VARCHAR[]) IS NULL OR model IN (SELECT name FROM unnest(CAST($models AS VARCHAR[])) AS selected(name)))
    GROUP BY account, month_date, currency
),

-- What came late may be in a currency that the closed month has not.
amount AS (
    SELECT account, month_date, currency, billed_cost, computed_cost, late_change_cost
    FROM total
    FULL JOIN late USING (account, month_date, currency)
    WHERE CAST($currency AS VARCHAR) IS NULL OR currency = CAST($currency AS VARCHAR)
),

-- The last close of each month, in effect or not.
newest AS (
    SELECT account, month_date, max(revision) AS revision FROM closing GROUP BY account, month_date
)

SELECT
    strftime(month.month_date, '%Y-%m') AS billing_period,
    month.account,
    amount.currency,
    CASE WHEN closing.revision IS NOT NULL AND closing.reopened_at IS NULL THEN 'closed' ELSE 'open' END AS status,
    month.complete_days,
    month.month_days,
    coalesce(overlap.overlapping_days, 0) AS overlapping_days,
    coalesce(caveat.unreconciled_days, 0) AS unreconciled_days,
    amount.billed_cost,
    amount.computed_cost,
    CASE WHEN closing.reopened_at IS NULL THEN closing.closed_at END AS closed_at,
    CASE WHEN closing.reopened_at IS NULL THEN closing.closed_by END AS closed_by,
    CASE WHEN closing.reopened_at IS NULL THEN closing.note END AS note,
    CASE WHEN closing.reopened_at IS NULL THEN closing.forced_reason END AS forced_reason,
    CASE WHEN closing.revision IS NOT NULL AND closing.reopened_at IS NULL THEN coalesce(amount.late_change_cost, 0) END
        ::DECIMAL(38, 18) AS late_change_cost,
    coalesce(closing.revision, 0) AS revision
FROM month
LEFT JOIN amount ON amount.account = month.account AND amount.month_date = month.month_date
LEFT JOIN caveat ON caveat.account = month.account AND caveat.month_date = month.month_date
LEFT JOIN overlap ON overlap.account = month.account AND overlap.month_date = month.month_date
LEFT JOIN newest ON newest.account = month.account AND newest.month_date = month.month_date
LEFT JOIN closing
    ON closing.account = newest.account AND closing.month_date = newest.month_date AND closing.revision = newest.revision
WHERE CAST($currency AS VARCHAR) IS NULL OR amount.currency IS NOT NULL
ORDER BY month.month_date, month.account, amount.currency;
