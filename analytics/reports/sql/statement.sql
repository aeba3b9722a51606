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

granted_day AS (
    SELECT account, currency, charge_date, model, sum(billed_cost) AS granted_cost
    FROM compared_billing
    WHERE NOT is_previous AND lower(wallet_type) = 'granted'
    GROUP BY account, currency, charge_date, model
),

granted_use AS (
    SELECT
        granted_day.account, granted_day.currency, granted_day.charge_date, granted_day.model, granted_cost,
        api_key, sum(computed_cost) AS cost
    FROM scoped_fact
    JOIN selected_credential USING (credential_id)
    JOIN granted_day USING (account, currency, charge_date, model)
    GROUP BY granted_day.account, granted_day.currency, granted_day.charge_date, granted_day.model, granted_cost, api_key
    HAVING cost > 0
),

-- A key's part of what a granted wallet paid of its model on its days, in whole units of 10^-10, by the largest remainder. What is
-- less than a unit goes to the first.
granted_part AS (
    SELECT
        account, currency, api_key,
        sum((whole + CAST(place <= granted_units - sum_whole AS HUGEINT))::DECIMAL(38, 0) * 0.0000000001)
            + sum(CASE place WHEN 1 THEN granted_cost - granted_units::DECIMAL(38, 0) * 0.0000000001 ELSE 0 END) AS granted_cost
    FROM (
        SELECT
            *,
            granted_units * units // sum_units AS whole,
            sum(granted_units * units // sum_units) OVER (PARTITION BY account, currency, charge_date, model) AS sum_whole,
            row_number() OVER (
                PARTITION BY account, currency, charge_date, model ORDER BY granted_units * units % sum_units DESC, api_key
            ) AS place
        FROM (
            SELECT
                *,
                CAST(trunc(CAST(granted_cost AS DECIMAL(38, 18)) * 10000000000) AS HUGEINT) AS granted_units,
                CAST(trunc(CAST(cost AS DECIMAL(38, 18)) * 10000000000) AS HUGEINT) AS units,
                sum(units) OVER (PARTITION BY account, currency, charge_date, model) AS sum_units
            FROM granted_use
        ) AS counted
        WHERE sum_units > 0
    ) AS shared
    GROUP BY account, currency, api_key
),

granted AS (
    SELECT
        account,
        currency,
        CASE WHEN grouping(model) = 0 THEN 'model' ELSE 'total' END AS section,
        CASE WHEN grouping(model) = 0 THEN model ELSE 'total' END AS subject,
        sum(granted_cost) AS granted_cost
    FROM granted_day
    GROUP BY GROUPING SETS ((account, currency), (account, currency, model))
    UNION ALL
    SELECT account, currency, 'key', api_key, granted_cost FROM granted_part
),

line AS (
    SELECT
        account,
        currency,
        section,
        item,
        used.api_key,
        is_billed,
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

caveat_day AS (
    SELECT account, currency, model, api_key, charge_date, is_reconciled, is_complete
    FROM scoped_caveat_day
    UNION ALL
    -- What was billed for nothing that was used has no key.
    SELECT account, currency, model, NULL, charge_date, FALSE, TRUE
    FROM scoped_reconciliation
    WHERE status = 'unreconciled' AND CAST($keys AS VARCHAR[]) IS NULL
),

caveat AS (
    SELECT
        account,
        currency,
        CASE WHEN grouping(model) = 0 THEN 'model' WHEN grouping(api_key) = 0 THEN 'key' ELSE 'total' END AS section,
        CASE WHEN grouping(model) = 0 THEN model WHEN grouping(api_key) = 0 THEN api_key ELSE 'total' END AS subject,
        string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
            FILTER (WHERE NOT is_reconciled) AS unreconciled_dates,
        string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
            FILTER (WHERE NOT is_complete) AS partial_dates
    FROM caveat_day
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
    CASE WHEN line.is_billed AND line.section <> 'wallet' THEN coalesce(granted.granted_cost, 0) END::DECIMAL(38, 18) AS granted_cost,
    line.previous_billed_cost,
    line.previous_computed_cost,
    coalesce(line.billed_cost - line.previous_billed_cost, line.computed_cost - line.previous_computed_cost) AS change_cost,
    CASE WHEN line.section <> 'wallet' THEN CASE WHEN caveat.unreconciled_dates IS NULL THEN 'reconciled' ELSE 'unreconciled' END END
        AS status,
    caveat.unreconciled_dates,
    caveat.partial_dates
FROM line
LEFT JOIN granted
    ON granted.account = line.account AND granted.currency = line.currency AND granted.section = line.section
    AND granted.subject = coalesce(line.api_key, line.item)
LEFT JOIN caveat
    ON caveat.account = line.account AND caveat.currency = line.currency AND caveat.section = line.section
    AND caveat.subject = coalesce(line.api_key, line.item)
ORDER BY
    line.account,
    line.currency,
    CASE line.section WHEN 'total' THEN 1 WHEN 'wallet' THEN 2 WHEN 'model' THEN 3 ELSE 4 END,
    coalesce(line.billed_cost, line.computed_cost) DESC NULLS LAST,
    line.item,
    line.api_key;
