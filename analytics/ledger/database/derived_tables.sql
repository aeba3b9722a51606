-- Tables derived from the facts and from the sources of days; replaced as a whole in every generation.

CREATE OR REPLACE TEMP TABLE seen_price AS
SELECT line.model, line.meter, line.unit_price, min(line.currency) AS currency
FROM line
JOIN import ON import.import_id = line.import_id
WHERE import.undone_at IS NULL AND line.unit_price > 0 AND line.currency IS NOT NULL
GROUP BY line.model, line.meter, line.unit_price
HAVING min(line.currency) = max(line.currency);

-- Lines of closed months with the currency of the close, which a price that is seen later does not change.
CREATE OR REPLACE TEMP TABLE closed_line AS
SELECT line.line_id, closed_price.currency
FROM closed_day
JOIN day_source ON day_source.account = closed_day.account AND day_source.charge_date = closed_day.charge_date
JOIN line ON line.import_id = day_source.import_id AND line.charge_date = day_source.charge_date
LEFT JOIN closed_price
    ON closed_price.account = closed_day.account AND closed_price.month_date = closed_day.month_date
    AND closed_price.model = line.model AND closed_price.meter = line.meter AND closed_price.unit_price = line.unit_price
WHERE line.currency IS NULL AND line.unit_price IS NOT NULL;

CREATE OR REPLACE TEMP TABLE known_line AS
WITH priced AS (
    SELECT
        line.*,
        import.account,
        import.utc_offset,
        import.has_cost,
        CASE WHEN closed_line.line_id IS NULL THEN seen_price.currency ELSE closed_line.currency END AS price_currency
    FROM line
    JOIN import ON import.import_id = line.import_id AND import.undone_at IS NULL
    LEFT JOIN seen_price
        ON seen_price.model = line.model AND seen_price.meter = line.meter AND seen_price.unit_price = line.unit_price
    LEFT JOIN closed_line ON closed_line.line_id = line.line_id
),

known AS (
    SELECT
        * EXCLUDE (price_currency),
        coalesce(currency, price_currency) AS known_currency,
        coalesce(
            currency_basis, CASE WHEN price_currency IS NOT NULL THEN CASE WHEN unit_price > 0 THEN 'price' ELSE 'account' END END
        ) AS known_basis
    FROM priced
),

-- Requests have no price, and tokens that cost nothing show no currency: they follow the lines of their bucket that cost something,
-- where those agree.
neighbours AS (
    SELECT
        import_id, charge_start, model,
        CASE WHEN count(*) = count(known_currency) AND min(known_currency) = max(known_currency) THEN min(known_currency) END AS currency
    FROM known
    WHERE unit_price > 0
    GROUP BY import_id, charge_start, model
),

-- Where all of a bucket costs nothing, it is in the only currency of its account.
sole_currency AS (
    SELECT account, min(currency) AS currency
    FROM (
        SELECT account, known_currency AS currency FROM known
        UNION
        SELECT import.account, charge.currency FROM charge JOIN import ON import.import_id = charge.import_id AND import.undone_at IS NULL
    ) AS seen
    GROUP BY account
    HAVING count(DISTINCT currency) = 1
),

free AS (
    SELECT
        known.line_id,
        CASE WHEN neighbours.import_id IS NULL THEN sole_currency.currency ELSE neighbours.currency END AS currency,
        CASE WHEN neighbours.import_id IS NULL THEN 'account' ELSE 'price' END AS basis
    FROM known
    LEFT JOIN neighbours
        ON neighbours.import_id = known.import_id AND neighbours.charge_start = known.charge_start AND neighbours.model = known.model
    LEFT JOIN sole_currency ON sole_currency.account = known.account
    WHERE known.known_currency IS NULL AND (known.unit_price IS NULL OR known.unit_price = 0)
)

SELECT
    known.* EXCLUDE (currency, currency_basis, known_currency, known_basis),
    coalesce(known.known_currency, free.currency, 'unknown') AS currency,
    coalesce(known.known_basis, CASE WHEN free.currency IS NOT NULL THEN free.basis END, 'unknown') AS currency_basis
FROM known
LEFT JOIN free ON free.line_id = known.line_id;

-- The reconciliation of every active import with its cost file, whether it is the source of the day or not.
CREATE OR REPLACE TABLE bucket_reconciliation AS
WITH computed AS (
    SELECT
        import_id, charge_date, bill_start, model, currency,
        sum(unit_price * quantity)::DECIMAL(38, 18) AS computed_cost
    FROM known_line
    WHERE unit_price IS NOT NULL
    GROUP BY import_id, charge_date, bill_start, model, currency
),

billed AS (
    SELECT
        import_id, charge_date, bill_start, model, currency,
        sum(billed_cost)::DECIMAL(38, 18) AS billed_cost,
        (sum(billed_cost) FILTER (WHERE billed_cost < 0))::DECIMAL(38, 18) AS refunded_cost
    FROM charge
    GROUP BY import_id, charge_date, bill_start, model, currency
),

-- A cost file bills everything it covers: a missing row is a zero. Without the file the variance is unknown.
differing AS (
    SELECT
        import.account,
        import_id, charge_date, bill_start, model, currency,
        billed.billed_cost,
        billed.refunded_cost,
        computed.computed_cost,
        import.has_cost,
        day.is_complete,
        CASE WHEN import.has_cost THEN coalesce(billed.billed_cost, 0) - coalesce(computed.computed_cost, 0) END AS variance
    FROM computed
    FULL JOIN billed USING (import_id, charge_date, bill_start, model, currency)
    JOIN import USING (import_id)
    JOIN day USING (import_id, charge_date)
    WHERE import.undone_at IS NULL
)

SELECT
    account,
    import_id,
    charge_date,
    bill_start,
    model,
    currency,
    billed_cost,
    coalesce(computed_cost, 0)::DECIMAL(38, 18) AS computed_cost,
    variance::DECIMAL(38, 18) AS variance,
    CASE WHEN variance = 0 AND currency <> 'unknown' THEN 'reconciled' ELSE 'unreconciled' END AS status,
    CASE
        WHEN variance = 0 AND currency <> 'unknown' THEN NULL
        WHEN NOT has_cost THEN 'the export has no cost file'
        WHEN currency = 'unknown' THEN 'the currency is unknown'
        WHEN NOT is_complete THEN 'the day was in progress when exported'
        WHEN variance = refunded_cost THEN 'the bill has a refund of this amount'
        WHEN billed_cost IS NULL THEN 'the cost file has no row'
        WHEN computed_cost IS NULL THEN 'the amount file has no row'
        ELSE 'the two files differ'
    END AS reason
FROM differing;

-- The lines of the imports that are the source of their day. A bucket of a model is reconciled when all its currencies are.
CREATE OR REPLACE TABLE usage_line AS
SELECT
    known_line.* EXCLUDE (has_cost),
    day.is_complete,
    coalesce(checked.is_reconciled, known_line.has_cost) AS is_reconciled
FROM known_line
JOIN day_source ON day_source.import_id = known_line.import_id AND day_source.charge_date = known_line.charge_date
JOIN day ON day.import_id = known_line.import_id AND day.charge_date = known_line.charge_date
LEFT JOIN (
    SELECT import_id, bill_start, model, bool_and(status = 'reconciled') AS is_reconciled
    FROM bucket_reconciliation
    GROUP BY import_id, bill_start, model
) AS checked
    ON checked.import_id = known_line.import_id AND checked.bill_start = known_line.bill_start
    AND checked.model = known_line.model;

-- Credentials with the label of their key: its newest name.
CREATE OR REPLACE TABLE named_credential AS
WITH newest AS (
    SELECT
        credential.account,
        credential.api_key,
        arg_max(
            credential.api_key_name,
            (credential_use.last_date, import.proven_until, import.exported_at, import.sha256, credential.api_key_name)
        ) AS label
    FROM credential_use
    JOIN credential ON credential.credential_id = credential_use.credential_id
    JOIN import ON import.import_id = credential_use.import_id
    WHERE import.undone_at IS NULL
    GROUP BY credential.account, credential.api_key
)

SELECT credential.credential_id, credential.account, credential.api_key, credential.api_key_name, newest.label
FROM credential
JOIN newest ON newest.account = credential.account AND newest.api_key = credential.api_key
WHERE credential.credential_id IN (SELECT credential_id FROM credential_use);
