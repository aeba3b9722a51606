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
        SELECT account, owner, team, project, cost_center, currency, charge_date, sum(cost) AS cost
        FROM (
            SELECT
                account, currency, charge_date, cost,
                CASE WHEN CAST($by AS VARCHAR) = 'owner' THEN owner END AS owner,
                CASE WHEN CAST($by AS VARCHAR) IN ('owner', 'team') THEN team END AS team,
                CASE WHEN CAST($by AS VARCHAR) IN ('owner', 'project') THEN project END AS project,
                CASE WHEN CAST($by AS VARCHAR) IN ('owner', 'cost_center') THEN cost_center END AS cost_center
            FROM borne_day
            WHERE CAST($by AS VARCHAR) IN ('owner', 'team', 'project', 'cost_center') AND cost > 0
        ) AS levelled
        GROUP BY account, owner, team, project, cost_center, currency, charge_date
    ) AS borne
),

-- What there are series of, by what is asked to be told apart.
series_label_of_key AS (
    SELECT *, NULL AS owner, NULL AS team, NULL AS project, NULL AS cost_center FROM key_label
),

series_label_of_account AS (
    SELECT
        row_number() OVER (ORDER BY account, currency) - 1 AS series,
        account, NULL AS api_key, NULL AS api_key_name, NULL AS owner, NULL AS team, NULL AS project, NULL AS cost_center, currency
    FROM (
        SELECT DISTINCT account, currency
        FROM asked_line
        WHERE CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE)
    ) AS found
),

series_label_of_owner AS (
    SELECT DISTINCT series, account, NULL AS api_key, NULL AS api_key_name, owner, team, project, cost_center, currency FROM borne_cost
),

-- The lines of complete days before the end of the period, and their rows by the credential.
complete_line AS NOT MATERIALIZED (
    SELECT * FROM usage_line
    WHERE is_complete
        AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
        AND (CAST($currency AS VARCHAR) IS NULL OR currency = CAST($currency AS VARCHAR))
        AND (CAST($models AS VARCHAR[]) IS NULL OR model IN (SELECT name FROM unnest(CAST($models AS VARCHAR[])) AS asked(name)))
),

complete_fact AS NOT MATERIALIZED (
    SELECT fact.credential_id, fact.quantity, complete_line.* EXCLUDE (quantity)
    FROM fact
    JOIN complete_line ON complete_line.line_id = fact.line_id
    WHERE (CAST($keys AS VARCHAR[]) IS NULL AND CAST($account AS VARCHAR) IS NULL)
        OR fact.credential_id IN (SELECT credential_id FROM asked_credential)
),

-- What each series cost on each complete day on which it was used.
daily_cost_of_key AS NOT MATERIALIZED (
    SELECT series, charge_date, sum(computed_cost)::DECIMAL(38, 18) AS computed_cost, bool_and(is_reconciled) AS is_reconciled
    FROM (
        SELECT credential_id, currency, charge_date, sum(unit_price * quantity) AS computed_cost, bool_and(is_reconciled) AS is_reconciled
        FROM complete_fact
        WHERE unit_price IS NOT NULL
        GROUP BY credential_id, currency, charge_date
    ) AS used
    JOIN asked_credential USING (credential_id)
    JOIN key_label USING (account, api_key, currency)
    GROUP BY series, currency, charge_date
),

daily_cost_of_account AS NOT MATERIALIZED (
    SELECT series, charge_date, sum(computed_cost)::DECIMAL(38, 18) AS computed_cost, bool_and(is_reconciled) AS is_reconciled
    FROM asked_line
    JOIN series_label USING (account, currency)
    WHERE is_complete AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
    GROUP BY series, currency, charge_date
),

daily_cost_of_owner AS NOT MATERIALIZED (
    SELECT series, charge_date, cost AS computed_cost, TRUE AS is_reconciled FROM borne_cost
),

-- The last of them as numbers: a year and some weeks are more than any forecast looks back.
recent_cost AS (
    SELECT
        CAST(series AS INTEGER) AS series,
        CAST(charge_date - DATE '0001-01-01' + 1 AS INTEGER) AS day_number,
        CAST(computed_cost AS DOUBLE) AS cost
    FROM daily_cost
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

-- The lines that were bought at peak; and the same as they were told to who asked before.
peak_line AS (
    SELECT line_id
    FROM usage_line
    JOIN tiered_price USING (charge_date, model, meter, currency, unit_price)
    WHERE is_peak
),

told_peak_line AS (
    SELECT unnest(CAST($peak_lines AS INTEGER[])) AS line_id
),

-- What one unit of each line adds to the measures of its day, as doubles, which hold whole numbers up to 2^53. The costs of a
-- period are held against none that are more than 126 days older.
measured_line AS (
    SELECT
        line_id,
        complete_line.currency,
        CAST(charge_date - DATE '0001-01-01' + 1 AS INTEGER) AS day_number,
        coalesce(CAST(steady_price AS DOUBLE), 0) AS cost,
        CAST(unit_price IS NULL AS DOUBLE) AS requests,
        CAST(meter = 'input_cache_hit_tokens' AS DOUBLE) AS hits,
        CAST(meter IN ('input_cache_hit_tokens', 'input_cache_miss_tokens') AS DOUBLE) AS input,
        CAST(unit_price IS NOT NULL AS DOUBLE) AS tokens,
        CASE WHEN unit_price IS NULL THEN 0 ELSE coalesce(CAST(model_price AS DOUBLE), 0) END AS dearness,
        CAST(line_id IN (SELECT line_id FROM told_peak_line) AS DOUBLE) AS peak_tokens,
        CAST((charge_date, complete_line.currency) IN (
            SELECT charge_date, currency FROM usage_line WHERE line_id IN (SELECT line_id FROM told_peak_line)
        ) AS DOUBLE) AS is_peak_day
    FROM complete_line
    LEFT JOIN steady_price USING (model, meter, currency)
    LEFT JOIN steady_model USING (model, currency)
    WHERE CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE) - 126
),

-- The credentials of each key and currency, numbered as in `key_label`; and the same as they were told to who asked before.
key_credential AS (
    SELECT
        dense_rank() OVER (ORDER BY account, api_key, currency) - 1 AS series,
        account, api_key, currency, credential_id
    FROM (SELECT DISTINCT credential_id, currency FROM fact JOIN usage_line USING (line_id)) AS used
    JOIN asked_credential USING (credential_id)
    WHERE CAST($currency AS VARCHAR) IS NULL OR currency = CAST($currency AS VARCHAR)
),

told_credential AS (
    SELECT
        unnest(CAST($series_numbers AS INTEGER[])) AS series,
        unnest(CAST($series_currencies AS VARCHAR[])) AS currency,
        unnest(CAST($series_credentials AS INTEGER[])) AS credential_id
),

-- What each key used on each complete day: at steady prices, and what its alerts are about.
daily_use AS (
    SELECT
        series, day_number,
        sum(cost) AS cost,
        sum(requests) AS requests,
        sum(hits) AS hits,
        sum(input) AS input,
        sum(tokens) AS tokens,
        sum(dearness) AS dearness,
        sum(peak_tokens) AS peak_tokens,
        max(is_peak_day) AS is_peak_day
    FROM (
        SELECT
            credential_id, currency, day_number,
            sum(units * cost) AS cost,
            sum(units * requests) AS requests,
            sum(units * hits) AS hits,
            sum(units * input) AS input,
            sum(units * tokens) AS tokens,
            sum(units * dearness) AS dearness,
            sum(units * peak_tokens) AS peak_tokens,
            max(is_peak_day) AS is_peak_day
        FROM (SELECT line_id, credential_id, CAST(quantity AS DOUBLE) AS units FROM fact) AS counted
        JOIN measured_line USING (line_id)
        GROUP BY credential_id, currency, day_number
    ) AS used
    JOIN told_credential USING (credential_id, currency)
    GROUP BY series, day_number
),

-- On which of the older days each key was used: sixty days to a row, and a bit for each.
earlier_use AS (
    SELECT series, day_number // 60 * 60 AS day_number, min(first_number) AS first_number, bit_or(used_days) AS used_days
    FROM (
        SELECT
            credential_id, currency, day_number // 60 * 60 AS day_number,
            min(day_number) AS first_number,
            bit_or(CASE WHEN quantity > 0 THEN day_bit ELSE 0 END) AS used_days
        FROM fact
        JOIN (
            SELECT line_id, currency, day_number, CAST(1 AS BIGINT) << (day_number % 60) AS day_bit
            FROM (SELECT *, CAST(charge_date - DATE '0001-01-01' + 1 AS INTEGER) AS day_number FROM complete_line) AS numbered
            WHERE charge_date < CAST($start AS DATE) - 126
        ) AS earlier_line USING (line_id)
        GROUP BY ALL
    ) AS used
    JOIN told_credential USING (credential_id, currency)
    GROUP BY ALL
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

-- What each key used in each hour at steady prices, where hours are known; those of 168 days before the period are enough.
hourly_use AS (
    SELECT
        series,
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
        WHERE CAST($start AS DATE) IS NULL OR complete_fact.charge_date >= CAST($start AS DATE) - 168
        GROUP BY complete_fact.credential_id, complete_fact.currency, complete_fact.charge_date, hourly_line.hour
    ) AS used
    JOIN told_credential USING (credential_id, currency)
    WHERE cost > 0
    GROUP BY series, currency, charge_date, hour
)
