-- Days as statistics need them: what is known of each, and what each account or key cost on it. Like scope.sql, for any question.
WITH known_day AS (
    SELECT account, charge_date, CAST(charge_date - DATE '0001-01-01' + 1 AS INTEGER) AS day_number
    FROM complete_day
    WHERE (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
        AND (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
),

-- What there are series of, numbered: keys, or accounts, of which a total is added up.
key_label AS (
    SELECT row_number() OVER (ORDER BY account, api_key, currency) - 1 AS series, account, api_key, api_key_name, currency
    FROM (
        SELECT DISTINCT account, api_key, api_key_name, currency
        FROM (SELECT DISTINCT credential_id, currency FROM fact JOIN usage_line USING (line_id)) AS used
        JOIN asked_credential USING (credential_id)
        WHERE CAST($currency AS VARCHAR) IS NULL OR currency = CAST($currency AS VARCHAR)
    ) AS found
),

-- What owners bear at the level that is asked about, by the number of their series.
borne_cost AS (
    SELECT dense_rank() OVER (ORDER BY account, owner, team, project, cost_center, currency) - 1 AS series, *
    FROM (
        SELECT
            account,
            CASE WHEN CAST($by AS VARCHAR) = 'owner' THEN owner END AS owner,
            CASE WHEN CAST($by AS VARCHAR) IN ('owner', 'team') THEN team END AS team,
            CASE WHEN CAST($by AS VARCHAR) IN ('owner', 'project') THEN project END AS project,
            CASE WHEN CAST($by AS VARCHAR) IN ('owner', 'cost_center') THEN cost_center END AS cost_center,
            currency,
            charge_date,
            sum(cost) AS cost
        FROM borne_day
        WHERE CAST($by AS VARCHAR) IN ('owner', 'team', 'project', 'cost_center')
        GROUP BY ALL
        HAVING sum(cost) > 0
    ) AS borne
),

series_label AS (
    FROM key_label WHERE CAST($by AS VARCHAR) = 'key'
    UNION ALL BY NAME
    SELECT row_number() OVER (ORDER BY account, currency) - 1 AS series, account, currency
    FROM (
        SELECT DISTINCT account, currency
        FROM asked_line
        WHERE CAST($by AS VARCHAR) IN ('account', 'total') AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
    ) AS found
    UNION ALL BY NAME
    SELECT DISTINCT series, account, owner, team, project, cost_center, currency FROM borne_cost
),

-- The rows of complete days before the end of the period, by the credential or by the line.
complete_fact AS NOT MATERIALIZED (
    SELECT fact.credential_id, fact.quantity, usage_line.* EXCLUDE (quantity)
    FROM fact
    JOIN usage_line ON usage_line.line_id = fact.line_id
    WHERE usage_line.is_complete
        AND (CAST($end AS DATE) IS NULL OR usage_line.charge_date < CAST($end AS DATE))
        AND (CAST($currency AS VARCHAR) IS NULL OR usage_line.currency = CAST($currency AS VARCHAR))
        AND (
            CAST($models AS VARCHAR[]) IS NULL
            OR usage_line.model IN (SELECT name FROM unnest(CAST($models AS VARCHAR[])) AS asked(name))
        )
        AND (
            (CAST($keys AS VARCHAR[]) IS NULL AND CAST($account AS VARCHAR) IS NULL)
            OR fact.credential_id IN (SELECT credential_id FROM asked_credential)
        )
),

-- What each series cost on each complete day on which it was used.
daily_cost AS NOT MATERIALIZED (
    SELECT series, charge_date, sum(computed_cost)::DECIMAL(38, 18) AS computed_cost, bool_and(is_reconciled) AS is_reconciled
    FROM (
        SELECT credential_id, currency, charge_date, sum(unit_price * quantity) AS computed_cost, bool_and(is_reconciled) AS is_reconciled
        FROM complete_fact
        WHERE CAST($by AS VARCHAR) = 'key' AND unit_price IS NOT NULL
        GROUP BY credential_id, currency, charge_date
    ) AS used
    JOIN asked_credential USING (credential_id)
    JOIN series_label USING (account, api_key, currency)
    GROUP BY series, currency, charge_date
    UNION ALL
    SELECT series, charge_date, sum(computed_cost)::DECIMAL(38, 18), bool_and(is_reconciled)
    FROM asked_line
    JOIN series_label USING (account, currency)
    WHERE CAST($by AS VARCHAR) IN ('account', 'total') AND is_complete
        AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
    GROUP BY series, currency, charge_date
),

-- The last of them as numbers: a year and some weeks are more than any forecast looks back.
recent_cost AS (
    SELECT
        CAST(series AS INTEGER) AS series,
        CAST(charge_date - DATE '0001-01-01' + 1 AS INTEGER) AS day_number,
        CAST(cost AS DOUBLE) AS cost
    FROM (
        SELECT series, charge_date, computed_cost AS cost FROM daily_cost
        UNION ALL
        SELECT series, charge_date, cost FROM borne_cost
    ) AS used
    WHERE charge_date > (SELECT max(charge_date) - 400 FROM known_day)
),

-- The last off-peak price: at it, days before and after the vendor changed prices can be compared.
steady_price AS (
    SELECT model, meter, currency, arg_max(unit_price, (charge_date, -unit_price)) AS steady_price
    FROM day_price
    WHERE CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE)
    GROUP BY model, meter, currency
),

steady_model AS (
    SELECT model, currency, max(steady_price) AS model_price
    FROM steady_price
    GROUP BY model, currency
),

peak_day AS (
    SELECT DISTINCT charge_date, currency FROM tiered_price WHERE is_peak
),

-- What each key used on each complete day, as numbers: at steady prices, and what its alerts are about.
daily_use AS (
    SELECT
        CAST(series AS INTEGER) AS series,
        CAST(charge_date - DATE '0001-01-01' + 1 AS INTEGER) AS day_number,
        sum(cost)::DOUBLE AS cost,
        sum(requests)::DOUBLE AS requests,
        sum(hits)::DOUBLE AS hits,
        sum(input)::DOUBLE AS input,
        sum(tokens)::DOUBLE AS tokens,
        sum(dearness)::DOUBLE AS dearness,
        sum(peak_tokens)::DOUBLE AS peak_tokens,
        CAST(bool_or(peak_day.charge_date IS NOT NULL) AS DOUBLE) AS is_peak_day
    FROM (
        SELECT
            complete_fact.credential_id, complete_fact.currency, complete_fact.charge_date,
            sum(CAST(quantity AS DOUBLE) * CAST(steady_price AS DOUBLE)) AS cost,
            sum(quantity) FILTER (WHERE unit_price IS NULL) AS requests,
            sum(quantity) FILTER (WHERE meter = 'input_cache_hit_tokens') AS hits,
            sum(quantity) FILTER (WHERE meter IN ('input_cache_hit_tokens', 'input_cache_miss_tokens')) AS input,
            sum(quantity) FILTER (WHERE unit_price IS NOT NULL) AS tokens,
            sum(CAST(quantity AS DOUBLE) * CAST(model_price AS DOUBLE)) FILTER (WHERE unit_price IS NOT NULL) AS dearness,
            sum(quantity) FILTER (WHERE is_peak) AS peak_tokens
        FROM complete_fact
        LEFT JOIN steady_price USING (model, meter, currency)
        LEFT JOIN steady_model USING (model, currency)
        LEFT JOIN tiered_price USING (charge_date, model, meter, currency, unit_price)
        GROUP BY complete_fact.credential_id, complete_fact.currency, complete_fact.charge_date
    ) AS used
    JOIN asked_credential USING (credential_id)
    JOIN key_label USING (account, api_key, currency)
    LEFT JOIN peak_day USING (charge_date, currency)
    GROUP BY series, currency, charge_date
),

-- What was last said of each known day of a key: whether it alerts nobody, and whether later days are held against it.
feedback_day AS (
    SELECT
        CAST(series AS INTEGER) AS series,
        CAST(charge_date - DATE '0001-01-01' + 1 AS INTEGER) AS day_number,
        CAST(verdict IN ('no', 'planned') AS INTEGER) AS is_silenced,
        CAST(verdict IN ('yes', 'planned') AS INTEGER) AS is_left_out
    FROM (
        SELECT key_feedback.account, key_feedback.api_key, known_day.charge_date, arg_max(verdict, act_id) AS verdict
        FROM key_feedback
        JOIN known_day
            ON known_day.account = key_feedback.account
            AND known_day.charge_date >= key_feedback.first_date AND known_day.charge_date < key_feedback.end_date
        GROUP BY key_feedback.account, key_feedback.api_key, known_day.charge_date
    ) AS told
    JOIN key_label USING (account, api_key)
),

-- The hours of an import's days that tell them, as numbers from the beginning of the day.
hourly_line AS NOT MATERIALIZED (
    SELECT usage_line.line_id, CAST(date_diff('hour', owned_day.day_start, usage_line.charge_start) AS INTEGER) AS hour
    FROM usage_line
    JOIN owned_day ON owned_day.import_id = usage_line.import_id AND owned_day.charge_date = usage_line.charge_date
    WHERE owned_day.is_hourly
),

-- What each key used in each hour at steady prices, where hours are known.
hourly_use AS (
    SELECT
        CAST(series AS INTEGER) AS series,
        CAST(charge_date - DATE '0001-01-01' + 1 AS INTEGER) AS day_number,
        hour,
        sum(cost)::DOUBLE AS cost
    FROM (
        SELECT
            complete_fact.credential_id, complete_fact.currency, complete_fact.charge_date, hourly_line.hour,
            sum(CAST(complete_fact.quantity AS DOUBLE) * CAST(steady_price AS DOUBLE)) AS cost
        FROM complete_fact
        JOIN hourly_line USING (line_id)
        JOIN steady_price USING (model, meter, currency)
        GROUP BY complete_fact.credential_id, complete_fact.currency, complete_fact.charge_date, hourly_line.hour
    ) AS used
    JOIN asked_credential USING (credential_id)
    JOIN key_label USING (account, api_key, currency)
    WHERE cost > 0
    GROUP BY series, currency, charge_date, hour
)
