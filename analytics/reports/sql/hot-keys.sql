WITH given_alert AS MATERIALIZED (
    SELECT item
    FROM unnest(
        CAST($alerts AS STRUCT(
            number INTEGER, account VARCHAR, api_key VARCHAR, currency VARCHAR, kind VARCHAR, confidence VARCHAR, first_date DATE,
            last_date DATE, hours INTEGER, score DOUBLE, floor_cost DOUBLE, days STRUCT(charge_date DATE, compared_dates DATE[])[]
        )[])
    ) AS given(item)
),

alert AS MATERIALIZED (
    SELECT
        item.number, item.account, item.api_key, item.currency, item.kind, item.confidence, item.first_date, item.last_date,
        CAST(len(item.days) AS BIGINT) AS days, item.hours, item.score, item.floor_cost
    FROM given_alert
),

-- The days of an alert, and those that they are compared with, whose weights make them add up to as many days.
alert_day AS (
    SELECT item.number, day.charge_date, CAST($day_weight AS INTEGER) AS weight, 0 AS weight_before
    FROM given_alert, unnest(item.days) AS days(day)
    UNION ALL
    SELECT item.number, compared_date, 0, CAST($day_weight AS INTEGER) // len(day.compared_dates)
    FROM given_alert, unnest(item.days) AS days(day), unnest(day.compared_dates) AS compared_days(compared_date)
),

-- The least impact that the settings want reported, per currency.
alert_floor AS (
    SELECT item.currency, item.minimum_cost
    FROM unnest(CAST($alert_floors AS STRUCT(currency VARCHAR, minimum_cost DECIMAL(38, 18))[])) AS given(item)
),

used AS (
    SELECT
        alert.number,
        selected_credential.api_key_name,
        complete_fact.model,
        complete_fact.meter,
        complete_fact.line_id IN (SELECT line_id FROM given_peak_line) AS is_peak,
        sum(CAST(weight_before AS HUGEINT) * quantity)::HUGEINT AS previous_quantity,
        coalesce(sum(complete_fact.unit_price * (CAST(weight_before AS BIGINT) * quantity)), 0)::DECIMAL(38, 18) AS previous_cost,
        sum(CAST(weight AS HUGEINT) * quantity)::HUGEINT AS quantity,
        coalesce(sum(complete_fact.unit_price * (CAST(weight AS BIGINT) * quantity)), 0)::DECIMAL(38, 18) AS cost
    FROM complete_fact
    JOIN selected_credential USING (credential_id)
    JOIN alert
        ON alert.account = selected_credential.account AND alert.api_key = selected_credential.api_key
        AND alert.currency = complete_fact.currency
    JOIN alert_day ON alert_day.number = alert.number AND alert_day.charge_date = complete_fact.charge_date
    LEFT JOIN hourly_line USING (line_id)
    WHERE alert.hours = 0 OR (alert.hours & (1 << hourly_line.hour)) > 0
    GROUP BY alert.number, selected_credential.api_key_name, complete_fact.currency, complete_fact.model, complete_fact.meter, is_peak
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
    coalesce(alert_floor.minimum_cost, 0)::DECIMAL(38, 18) AS minimum_cost,
    coalesce(CAST($top AS BIGINT), 1000000) AS top
FROM alert
JOIN cells USING (number)
LEFT JOIN alert_floor ON alert_floor.currency = alert.currency
ORDER BY alert.number;
