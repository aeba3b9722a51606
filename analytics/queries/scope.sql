-- What a question is asked about: the owned rows of a period, an account, a currency, keys (each a mask or any name it has had)
-- and models; NULL asks for all. `asked_` rows are of any day, `scoped_` rows of the period, and `compared_` rows of the period
-- and of the like period before it. The cost file names no keys: where keys are asked about, nothing is known to be billed.
WITH asked_key AS (
    SELECT DISTINCT account, api_key
    FROM named_credential
    WHERE (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
        AND (
            CAST($keys AS VARCHAR[]) IS NULL
            OR api_key IN (SELECT name FROM unnest(CAST($keys AS VARCHAR[])) AS asked(name))
            OR label IN (SELECT name FROM unnest(CAST($keys AS VARCHAR[])) AS asked(name))
            OR api_key_name IN (SELECT name FROM unnest(CAST($keys AS VARCHAR[])) AS asked(name))
        )
),

asked_usage AS NOT MATERIALIZED (
    SELECT * FROM usage
    WHERE (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
        AND (CAST($currency AS VARCHAR) IS NULL OR currency = CAST($currency AS VARCHAR))
        AND (CAST($models AS VARCHAR[]) IS NULL OR model IN (SELECT name FROM unnest(CAST($models AS VARCHAR[])) AS asked(name)))
        AND (CAST($keys AS VARCHAR[]) IS NULL OR (account, api_key) IN (SELECT account, api_key FROM asked_key))
),

scoped_usage AS NOT MATERIALIZED (
    SELECT * FROM asked_usage
    WHERE (CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE))
        AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
),

-- The same without telling keys apart: where none is asked about, from the lines that hold the totals of all keys.
asked_line AS NOT MATERIALIZED (
    SELECT
        account, charge_date, charge_start, charge_end, model, meter,
        CAST(quantity AS BIGINT) AS quantity,
        unit_price,
        currency,
        CASE WHEN unit_price IS NULL THEN 0 ELSE unit_price * CAST(quantity AS BIGINT) END::DECIMAL(38, 18) AS computed_cost,
        is_reconciled,
        is_complete
    FROM usage_line
    WHERE CAST($keys AS VARCHAR[]) IS NULL
        AND (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
        AND (CAST($currency AS VARCHAR) IS NULL OR currency = CAST($currency AS VARCHAR))
        AND (CAST($models AS VARCHAR[]) IS NULL OR model IN (SELECT name FROM unnest(CAST($models AS VARCHAR[])) AS asked(name)))
    UNION ALL
    SELECT
        account, charge_date, charge_start, charge_end, model, meter, quantity, unit_price, currency, computed_cost,
        is_reconciled, is_complete
    FROM asked_usage
    WHERE CAST($keys AS VARCHAR[]) IS NOT NULL
),

scoped_line AS NOT MATERIALIZED (
    SELECT * FROM asked_line
    WHERE (CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE))
        AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
),

compared_usage AS NOT MATERIALIZED (
    SELECT *, coalesce(charge_date < CAST($previous_end AS DATE), FALSE) AS is_previous
    FROM asked_usage
    WHERE (
            (CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE))
            AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
        )
        OR (charge_date >= CAST($previous_start AS DATE) AND charge_date < CAST($previous_end AS DATE))
),

-- The few days of the scope that a sum must name: not reconciled, or in progress when exported.
scoped_doubt AS (
    SELECT DISTINCT account, api_key, model, currency, charge_date, is_reconciled, is_complete
    FROM scoped_usage
    WHERE NOT (is_reconciled AND is_complete)
),

compared_doubt AS (
    SELECT DISTINCT account, api_key, model, currency, charge_date, is_reconciled, is_complete
    FROM compared_usage
    WHERE NOT (is_reconciled AND is_complete)
),

-- Of an account whose evidence does not reach back to the first day compared with, nothing can be said to have changed.
comparable_account AS (
    SELECT account
    FROM covered_period
    GROUP BY account
    HAVING min(declared_start) <= CAST($previous_start AS DATE)
        AND bool_or(declared_start < CAST($previous_end AS DATE) AND declared_end > CAST($previous_start AS DATE))
),

asked_reconciliation AS NOT MATERIALIZED (
    SELECT * FROM reconciliation
    WHERE (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
        AND (CAST($currency AS VARCHAR) IS NULL OR currency = CAST($currency AS VARCHAR))
        AND (CAST($models AS VARCHAR[]) IS NULL OR model IN (SELECT name FROM unnest(CAST($models AS VARCHAR[])) AS asked(name)))
),

scoped_reconciliation AS NOT MATERIALIZED (
    SELECT * FROM asked_reconciliation
    WHERE (CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE))
        AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
),

compared_billing AS NOT MATERIALIZED (
    SELECT *, coalesce(charge_date < CAST($previous_end AS DATE), FALSE) AS is_previous
    FROM billing
    WHERE (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
        AND (CAST($currency AS VARCHAR) IS NULL OR currency = CAST($currency AS VARCHAR))
        AND (CAST($models AS VARCHAR[]) IS NULL OR model IN (SELECT name FROM unnest(CAST($models AS VARCHAR[])) AS asked(name)))
        AND CAST($keys AS VARCHAR[]) IS NULL
        AND (
            (
                (CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE))
                AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
            )
            OR (charge_date >= CAST($previous_start AS DATE) AND charge_date < CAST($previous_end AS DATE))
        )
),

scoped_day AS (
    SELECT * FROM owned_day
    WHERE (CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE))
        AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
        AND (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
)
