-- The statement of a month per account and currency: billed in total, by wallet and by model, computed by key and by owner, and the month before.
WITH used AS (
    SELECT
        account,
        currency,
        CASE WHEN grouping(model) = 0 THEN 'model' WHEN grouping(api_key) = 0 THEN 'key' ELSE 'total' END AS section,
        CASE WHEN grouping(model) = 0 THEN model WHEN grouping(api_key) = 0 THEN api_key_name ELSE 'total' END AS item,
        api_key,
        sum(computed_cost) FILTER (WHERE NOT is_previous) AS computed_cost,
        sum(computed_cost) FILTER (WHERE is_previous) AS previous_computed_cost
    FROM compared_total
    GROUP BY GROUPING SETS ((account, currency), (account, currency, model), (account, currency, api_key, api_key_name))
),

billed AS (
    SELECT
        account,
        currency,
        CASE WHEN grouping(model) = 0 THEN 'model' WHEN grouping(wallet_type) = 0 THEN 'wallet' ELSE 'total' END AS section,
        CASE WHEN grouping(model) = 0 THEN model WHEN grouping(wallet_type) = 0 THEN wallet_type ELSE 'total' END AS item,
        sum(billed_cost) FILTER (WHERE NOT is_previous) AS billed_cost,
        sum(billed_cost) FILTER (WHERE is_previous) AS previous_billed_cost
    FROM compared_billing
    GROUP BY GROUPING SETS ((account, currency), (account, currency, model), (account, currency, wallet_type))
),

-- A cost file bills everything it covers: what it lacks is a zero. Without the file nothing is known.
with_bill AS (
    SELECT account, bool_or(NOT is_previous) AS is_billed, bool_or(is_previous) AS was_billed
    FROM compared_billing
    GROUP BY account
),

line AS (
    SELECT
        account,
        currency,
        section,
        item,
        used.api_key,
        CASE WHEN section <> 'key' AND is_billed THEN coalesce(billed_cost, 0) END::DECIMAL(38, 18) AS billed_cost,
        CASE WHEN section <> 'wallet' THEN coalesce(computed_cost, 0) END::DECIMAL(38, 18) AS computed_cost,
        CASE WHEN section <> 'key' AND was_billed AND comparable_account.account IS NOT NULL THEN coalesce(previous_billed_cost, 0) END
            ::DECIMAL(38, 18) AS previous_billed_cost,
        CASE WHEN section <> 'wallet' AND comparable_account.account IS NOT NULL THEN coalesce(previous_computed_cost, 0) END
            ::DECIMAL(38, 18) AS previous_computed_cost
    FROM used
    FULL JOIN billed USING (account, currency, section, item)
    LEFT JOIN with_bill USING (account)
    LEFT JOIN comparable_account USING (account)
),

doubt_day AS (
    SELECT account, currency, model, api_key, charge_date, is_reconciled, is_complete
    FROM scoped_doubt
    UNION ALL
    -- What was billed for nothing that was used has no key.
    SELECT account, currency, model, NULL, charge_date, FALSE, TRUE
    FROM scoped_reconciliation
    WHERE status = 'unreconciled' AND CAST($keys AS VARCHAR[]) IS NULL
),

doubt AS (
    SELECT
        account,
        currency,
        CASE WHEN grouping(model) = 0 THEN 'model' WHEN grouping(api_key) = 0 THEN 'key' ELSE 'total' END AS section,
        CASE WHEN grouping(model) = 0 THEN model WHEN grouping(api_key) = 0 THEN api_key ELSE 'total' END AS subject,
        string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
            FILTER (WHERE NOT is_reconciled) AS unreconciled_dates,
        string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
            FILTER (WHERE NOT is_complete) AS partial_dates
    FROM doubt_day
    GROUP BY GROUPING SETS ((account, currency), (account, currency, model), (account, currency, api_key))
)

SELECT
    line.account,
    line.currency,
    line.section,
    CASE WHEN line.section <> 'total' THEN line.item END AS item,
    line.api_key,
    line.billed_cost,
    line.computed_cost,
    line.billed_cost - line.computed_cost AS variance,
    line.previous_billed_cost,
    line.previous_computed_cost,
    coalesce(line.billed_cost - line.previous_billed_cost, line.computed_cost - line.previous_computed_cost) AS change_cost,
    CASE WHEN line.section <> 'wallet' THEN CASE WHEN doubt.unreconciled_dates IS NULL THEN 'reconciled' ELSE 'unreconciled' END END
        AS status,
    doubt.unreconciled_dates,
    doubt.partial_dates
FROM line
LEFT JOIN doubt
    ON doubt.account = line.account AND doubt.currency = line.currency AND doubt.section = line.section
    AND doubt.subject = coalesce(line.api_key, line.item)
ORDER BY
    line.account,
    line.currency,
    CASE line.section WHEN 'total' THEN 1 WHEN 'wallet' THEN 2 WHEN 'model' THEN 3 ELSE 4 END,
    coalesce(line.billed_cost, line.computed_cost) DESC NULLS LAST,
    line.item,
    line.api_key;
