-- Late adjustments: the amounts of the strongest evidence on days of closed months, where it is not the source of the day and its
-- amounts differ from those of the close. Run after derived_tables.sql, only where a month is closed.

DELETE FROM late_adjustment;

INSERT INTO late_adjustment
WITH side AS (
    SELECT late_day.account, late_day.charge_date, day_source.import_id, FALSE AS is_late
    FROM late_day
    JOIN day_source ON day_source.account = late_day.account AND day_source.charge_date = late_day.charge_date
    UNION ALL
    SELECT account, charge_date, import_id, TRUE FROM late_day
),

-- A cost file bills everything it covers: a missing row is a zero, as is a day that was closed without usage.
bill AS (
    SELECT
        late_day.account, late_day.charge_date, late_day.import_id,
        coalesce(closed_import.has_cost, TRUE) AS was_billed,
        late_import.has_cost AS is_billed
    FROM late_day
    JOIN import AS late_import ON late_import.import_id = late_day.import_id
    LEFT JOIN day_source ON day_source.account = late_day.account AND day_source.charge_date = late_day.charge_date
    LEFT JOIN import AS closed_import ON closed_import.import_id = day_source.import_id
),

by_model AS (
    SELECT
        side.account, side.charge_date, bucket.model, bucket.currency,
        coalesce(sum(bucket.billed_cost) FILTER (WHERE NOT is_late), 0) AS closed_billed_cost,
        coalesce(sum(bucket.computed_cost) FILTER (WHERE NOT is_late), 0) AS closed_computed_cost,
        coalesce(sum(bucket.billed_cost) FILTER (WHERE is_late), 0) AS billed_cost,
        coalesce(sum(bucket.computed_cost) FILTER (WHERE is_late), 0) AS computed_cost
    FROM side
    JOIN bucket_reconciliation AS bucket ON bucket.import_id = side.import_id AND bucket.charge_date = side.charge_date
    GROUP BY side.account, side.charge_date, bucket.model, bucket.currency
),

by_key AS (
    SELECT
        side.account, side.charge_date, known_line.model, known_line.currency, credential.api_key,
        coalesce(sum(known_line.unit_price * fact.quantity) FILTER (WHERE NOT is_late), 0) AS closed_computed_cost,
        coalesce(sum(known_line.unit_price * fact.quantity) FILTER (WHERE is_late), 0) AS computed_cost
    FROM side
    JOIN known_line ON known_line.import_id = side.import_id AND known_line.charge_date = side.charge_date
    JOIN fact ON fact.line_id = known_line.line_id
    JOIN credential ON credential.credential_id = fact.credential_id
    WHERE known_line.unit_price IS NOT NULL
    GROUP BY side.account, side.charge_date, known_line.model, known_line.currency, credential.api_key
)

SELECT
    'model', account, charge_date, model, currency, NULL,
    CASE WHEN was_billed THEN closed_billed_cost END,
    CASE WHEN is_billed THEN billed_cost END,
    closed_computed_cost,
    computed_cost,
    import_id
FROM by_model
JOIN bill USING (account, charge_date)
WHERE closed_computed_cost <> computed_cost
    OR CASE WHEN was_billed THEN closed_billed_cost END IS DISTINCT FROM CASE WHEN is_billed THEN billed_cost END
UNION ALL
SELECT 'key', account, charge_date, model, currency, api_key, NULL, NULL, closed_computed_cost, computed_cost, import_id
FROM by_key
JOIN late_day USING (account, charge_date)
WHERE closed_computed_cost <> computed_cost;
