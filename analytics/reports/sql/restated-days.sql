WITH pair AS (
    SELECT scoped_day.account, scoped_day.charge_date, scoped_day.import_id, day.import_id AS other_import_id
    FROM scoped_day
    JOIN day ON day.charge_date = scoped_day.charge_date AND day.is_complete AND day.import_id <> scoped_day.import_id
    JOIN import ON import.import_id = day.import_id AND import.account = scoped_day.account
),

total AS (
    SELECT import_id, charge_date, currency, sum(computed_cost) AS computed_cost
    FROM bucket_reconciliation
    WHERE (CAST($currency AS VARCHAR) IS NULL OR currency = CAST($currency AS VARCHAR))
        AND (CAST($models AS VARCHAR[]) IS NULL OR model IN (SELECT name FROM unnest(CAST($models AS VARCHAR[])) AS selected(name)))
    GROUP BY import_id, charge_date, currency
),

side AS (
    SELECT pair.*, total.currency, total.computed_cost, 0 AS other_computed_cost
    FROM pair
    JOIN total ON total.import_id = pair.import_id AND total.charge_date = pair.charge_date
    UNION ALL
    SELECT pair.*, total.currency, 0, total.computed_cost
    FROM pair
    JOIN total ON total.import_id = pair.other_import_id AND total.charge_date = pair.charge_date
),

restated AS (
    SELECT
        account,
        charge_date,
        currency,
        sum(computed_cost)::DECIMAL(38, 18) AS computed_cost,
        sum(other_computed_cost)::DECIMAL(38, 18) AS other_computed_cost,
        import_id,
        other_import_id
    FROM side
    GROUP BY account, charge_date, currency, import_id, other_import_id
)

SELECT
    account,
    charge_date,
    currency,
    computed_cost,
    other_computed_cost,
    (computed_cost - other_computed_cost)::DECIMAL(38, 18) AS change_cost,
    import_id,
    other_import_id
FROM restated
WHERE computed_cost <> other_computed_cost
ORDER BY account, charge_date, currency, other_import_id;
