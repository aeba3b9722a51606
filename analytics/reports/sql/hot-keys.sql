WITH alert AS MATERIALIZED (
    SELECT
        unnest(CAST($alert_numbers AS INTEGER[])) AS number,
        unnest(CAST($alert_accounts AS VARCHAR[])) AS account,
        unnest(CAST($alert_keys AS VARCHAR[])) AS api_key,
        unnest(CAST($alert_currencies AS VARCHAR[])) AS currency,
        unnest(CAST($alert_kinds AS VARCHAR[])) AS kind,
        unnest(CAST($alert_confidences AS VARCHAR[])) AS confidence,
        unnest(CAST($alert_starts AS DATE[])) AS first_date,
        unnest(CAST($alert_ends AS DATE[])) AS last_date,
        unnest(CAST($alert_days AS BIGINT[])) AS days,
        unnest(CAST($alert_hours AS INTEGER[])) AS hours,
        unnest(CAST($alert_scores AS DOUBLE[])) AS score,
        unnest(CAST($alert_floors AS DOUBLE[])) AS floor_cost
),

-- The days of an alert, and those that they are held against, which have weights so that they add up to as many days.
alert_day AS (
    SELECT
        unnest(CAST($day_numbers AS INTEGER[])) AS number,
        unnest(CAST($day_dates AS DATE[])) AS charge_date,
        unnest(CAST($day_weights AS INTEGER[])) AS weight,
        unnest(CAST($day_weights_before AS INTEGER[])) AS weight_before
),

-- What is too little to be told of, as the settings have it.
decided_floor AS (
    SELECT
        unnest(CAST($floor_currencies AS VARCHAR[])) AS currency,
        unnest(CAST($floor_costs AS DECIMAL(38, 18)[])) AS decided_cost
),

used AS (
    SELECT
        alert.number,
        asked_credential.api_key_name,
        complete_fact.model,
        complete_fact.meter,
        complete_fact.line_id IN (SELECT line_id FROM told_peak_line) AS is_peak,
        sum(CAST(weight_before AS HUGEINT) * quantity)::HUGEINT AS previous_quantity,
        coalesce(sum(complete_fact.unit_price * (CAST(weight_before AS BIGINT) * quantity)), 0)::DECIMAL(38, 18) AS previous_cost,
        sum(CAST(weight AS HUGEINT) * quantity)::HUGEINT AS quantity,
        coalesce(sum(complete_fact.unit_price * (CAST(weight AS BIGINT) * quantity)), 0)::DECIMAL(38, 18) AS cost
    FROM complete_fact
    JOIN asked_credential USING (credential_id)
    JOIN alert
        ON alert.account = asked_credential.account AND alert.api_key = asked_credential.api_key
        AND alert.currency = complete_fact.currency
    JOIN alert_day ON alert_day.number = alert.number AND alert_day.charge_date = complete_fact.charge_date
    LEFT JOIN hourly_line USING (line_id)
    WHERE alert.hours = 0 OR (alert.hours & (1 << hourly_line.hour)) > 0
    GROUP BY alert.number, asked_credential.api_key_name, complete_fact.currency, complete_fact.model, complete_fact.meter, is_peak
),

-- A row per alert, with what was used of each cell; numbers as text, of which Python makes whole ones in a third of the time.
cells AS (
    SELECT
        number,
        min(api_key_name) AS api_key_name,
        list(model) AS models,
        list(meter) AS meters,
        list(is_peak) AS are_peak,
        list(CAST(previous_quantity AS VARCHAR)) AS previous_quantities,
        list(CAST(previous_cost AS VARCHAR)) AS previous_costs,
        list(CAST(quantity AS VARCHAR)) AS quantities,
        list(CAST(cost AS VARCHAR)) AS costs
    FROM used
    GROUP BY number
)

SELECT
    alert.*,
    cells.* EXCLUDE (number),
    coalesce(decided_floor.decided_cost, 0)::DECIMAL(38, 18) AS decided_cost,
    coalesce(CAST($top AS BIGINT), 1000000) AS top
FROM alert
JOIN cells USING (number)
LEFT JOIN decided_floor ON decided_floor.currency = alert.currency
ORDER BY alert.number;
