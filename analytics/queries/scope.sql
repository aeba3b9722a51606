-- What a question is asked about: the owned rows of a period, an account, a key (its mask or any name it has had) and a model;
-- NULL asks for all.
WITH scoped_usage AS NOT MATERIALIZED (
    SELECT * FROM usage
    WHERE (CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE))
        AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
        AND (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
        AND (
            CAST($key AS VARCHAR) IS NULL
            OR (account, api_key) IN (
                SELECT (account, api_key) FROM named_credential WHERE CAST($key AS VARCHAR) IN (api_key, label, api_key_name)
            )
        )
        AND (CAST($model AS VARCHAR) IS NULL OR model = CAST($model AS VARCHAR))
),

-- The few days of the scope that a sum must name: not reconciled, or in progress when exported.
scoped_doubt AS (
    SELECT DISTINCT account, api_key, model, currency, charge_date, is_reconciled, is_complete
    FROM scoped_usage
    WHERE NOT (is_reconciled AND is_complete)
),

scoped_reconciliation AS (
    SELECT * FROM reconciliation
    WHERE (CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE))
        AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
        AND (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
        AND (CAST($model AS VARCHAR) IS NULL OR model = CAST($model AS VARCHAR))
),

scoped_day AS (
    SELECT * FROM owned_day
    WHERE (CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE))
        AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
        AND (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
)
