-- The latest feedback on each known day of a key: whether the day raises no alert, and whether later days are compared with it.
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
) AS latest
JOIN key_label USING (account, api_key)
