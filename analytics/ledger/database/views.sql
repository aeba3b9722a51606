-- The views that reports, users of SQL and everything downstream may read.

-- One row per bucket, model, key, meter and price, of the import that is the source of the day.
CREATE OR REPLACE VIEW usage AS
SELECT
    usage_line.account,
    named_credential.api_key,
    named_credential.label AS api_key_name,
    named_credential.api_key_name AS api_key_name_as_exported,
    usage_line.charge_date,
    usage_line.charge_start,
    usage_line.charge_end,
    usage_line.utc_offset,
    usage_line.model,
    usage_line.meter,
    fact.quantity,
    usage_line.unit_price,
    usage_line.currency,
    usage_line.currency_basis,
    CASE WHEN usage_line.unit_price IS NULL THEN 0 ELSE usage_line.unit_price * fact.quantity END::DECIMAL(38, 18)
        AS computed_cost,
    usage_line.is_complete,
    usage_line.is_reconciled,
    usage_line.import_id
FROM fact
JOIN usage_line ON usage_line.line_id = fact.line_id
JOIN named_credential ON named_credential.credential_id = fact.credential_id;

-- The usage of each credential by month, added up from the facts. credential_month is this view or its stored rows, see
-- monthly_rollup.py.
CREATE OR REPLACE VIEW summed_credential_month AS
SELECT
    fact.credential_id,
    CAST(date_trunc('month', usage_line.charge_date) AS DATE) AS month_date,
    usage_line.model,
    usage_line.currency,
    coalesce(sum(unit_price * fact.quantity), 0)::DECIMAL(38, 18) AS computed_cost,
    coalesce(sum(unit_price * fact.quantity) FILTER (WHERE is_reconciled), 0)::DECIMAL(38, 18) AS reconciled_cost,
    coalesce(sum(fact.quantity) FILTER (WHERE meter = 'input_cache_hit_tokens'), 0)::BIGINT AS input_cache_hit_tokens,
    coalesce(sum(fact.quantity) FILTER (WHERE meter = 'input_cache_miss_tokens'), 0)::BIGINT AS input_cache_miss_tokens,
    coalesce(sum(fact.quantity) FILTER (WHERE meter = 'output_tokens'), 0)::BIGINT AS output_tokens,
    coalesce(sum(fact.quantity) FILTER (WHERE meter = 'request_count'), 0)::BIGINT AS request_count,
    min(usage_line.charge_date) AS first_date,
    max(usage_line.charge_date) AS last_date,
    bool_and(usage_line.is_reconciled) AS is_reconciled,
    bool_and(usage_line.is_complete) AS is_complete
FROM fact
JOIN usage_line ON usage_line.line_id = fact.line_id
GROUP BY fact.credential_id, month_date, usage_line.model, usage_line.currency;

CREATE OR REPLACE VIEW credential_month AS FROM summed_credential_month;

-- One row per month, key, model and currency.
CREATE OR REPLACE VIEW monthly_usage AS
SELECT
    named_credential.account,
    named_credential.api_key,
    named_credential.label AS api_key_name,
    credential_month.month_date,
    credential_month.model,
    credential_month.currency,
    sum(credential_month.computed_cost)::DECIMAL(38, 18) AS computed_cost,
    sum(credential_month.reconciled_cost)::DECIMAL(38, 18) AS reconciled_cost,
    sum(credential_month.input_cache_hit_tokens)::BIGINT AS input_cache_hit_tokens,
    sum(credential_month.input_cache_miss_tokens)::BIGINT AS input_cache_miss_tokens,
    sum(credential_month.output_tokens)::BIGINT AS output_tokens,
    sum(credential_month.request_count)::BIGINT AS request_count,
    min(credential_month.first_date) AS first_date,
    max(credential_month.last_date) AS last_date
FROM credential_month
JOIN named_credential ON named_credential.credential_id = credential_month.credential_id
GROUP BY
    named_credential.account, named_credential.api_key, named_credential.label,
    credential_month.month_date, credential_month.model, credential_month.currency;

-- One row per row of the cost file, of the import that is the source of the day.
CREATE OR REPLACE VIEW billing AS
SELECT
    day_source.account,
    charge.charge_date,
    charge.charge_start,
    charge.charge_end,
    import.utc_offset,
    charge.model,
    charge.wallet_type,
    charge.currency,
    charge.billed_cost,
    charge.import_id
FROM charge
JOIN day_source ON day_source.import_id = charge.import_id AND day_source.charge_date = charge.charge_date
JOIN import ON import.import_id = charge.import_id;

-- One row per account, day, model and currency. A day is reconciled when each of its buckets is.
CREATE OR REPLACE VIEW reconciliation AS
SELECT
    account,
    charge_date,
    model,
    currency,
    CASE WHEN count(billed_cost) > 0 THEN sum(billed_cost) END::DECIMAL(38, 18) AS billed_cost,
    sum(computed_cost)::DECIMAL(38, 18) AS computed_cost,
    CASE WHEN count(variance) > 0 THEN sum(variance) END::DECIMAL(38, 18) AS variance,
    CASE WHEN bool_and(status = 'reconciled') THEN 'reconciled' ELSE 'unreconciled' END AS status,
    string_agg(DISTINCT reason, '; ' ORDER BY reason) AS reason,
    any_value(import_id) AS import_id
FROM bucket_reconciliation
JOIN day_source USING (account, charge_date, import_id)
GROUP BY account, charge_date, model, currency;

-- One row per day with a source: the import that supplies its numbers.
CREATE OR REPLACE VIEW owned_day AS
SELECT
    day_source.account,
    day_source.charge_date,
    day.day_start,
    day.day_end,
    import.utc_offset,
    day.is_complete,
    day.is_hourly,
    day_source.import_id
FROM day_source
JOIN day ON day.import_id = day_source.import_id AND day.charge_date = day_source.charge_date
JOIN import ON import.import_id = day_source.import_id;

-- Hours that a day shares with days of other dates, because the two begin at different offsets; they are counted twice.
CREATE OR REPLACE VIEW day_overlap AS
SELECT
    mine.account,
    mine.charge_date,
    sum(date_diff('minute', greatest(mine.day_start, other.day_start), least(mine.day_end, other.day_end))) / 60
        AS overlap_hours
FROM owned_day AS mine
JOIN owned_day AS other
    ON other.account = mine.account
    AND other.charge_date BETWEEN mine.charge_date - 2 AND mine.charge_date + 2
    AND other.charge_date <> mine.charge_date
    AND other.utc_offset <> mine.utc_offset
    AND other.day_start < mine.day_end AND mine.day_start < other.day_end
GROUP BY mine.account, mine.charge_date;

-- One row per name that a key has had.
CREATE OR REPLACE VIEW api_key_name AS
SELECT
    credential.account,
    credential.api_key,
    credential.api_key_name,
    min(credential_use.first_date) AS first_date,
    max(credential_use.last_date) AS last_date
FROM credential_use
JOIN credential ON credential.credential_id = credential_use.credential_id
JOIN import ON import.import_id = credential_use.import_id
WHERE import.undone_at IS NULL
GROUP BY credential.account, credential.api_key, credential.api_key_name;

-- One row per import, undone ones too.
CREATE OR REPLACE VIEW imports AS
SELECT
    import.import_id,
    import.imported_at,
    import.source_name,
    import.account,
    import.layout,
    import.utc_offset,
    import.exported_at,
    import.first_date,
    import.last_date,
    import.amount_rows,
    import.cost_rows,
    coalesce(supplied.days, 0) AS owned_days,
    import.day_count AS days,
    CASE WHEN import.undone_at IS NULL THEN 'active' ELSE 'undone' END AS status,
    import.sha256
FROM import
LEFT JOIN (SELECT import_id, count(*) AS days FROM day_source GROUP BY import_id) AS supplied
    ON supplied.import_id = import.import_id;

-- The days that an active export covers, by its file name or by the span of its rows; the end is exclusive.
-- A day of it is over once `proven_until` has reached the start of the next day plus `day_shift`.
CREATE OR REPLACE VIEW covered_period AS
SELECT
    import.import_id,
    import.account,
    least(coalesce(import.declared_start, import.first_date), import.first_date) AS declared_start,
    greatest(coalesce(import.declared_end, import.last_date + 1), import.last_date + 1) AS declared_end,
    import.proven_until,
    shifted.day_shift,
    import.sha256
FROM import
JOIN (
    SELECT import_id, min(day_start - CAST(charge_date AS TIMESTAMP)) AS day_shift FROM day GROUP BY import_id
) AS shifted ON shifted.import_id = import.import_id
WHERE import.undone_at IS NULL AND import.account IS NOT NULL;
