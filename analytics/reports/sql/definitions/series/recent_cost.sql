-- What each series cost on each of the recent days, more than any forecast looks back, as doubles.
SELECT
    CAST(series AS INTEGER) AS series,
    CAST(charge_date - DATE '0001-01-01' + 1 AS INTEGER) AS day_number,
    CAST(computed_cost AS DOUBLE) AS cost
FROM daily_cost
WHERE charge_date > (SELECT max(charge_date) - CAST($history_days AS INTEGER) FROM known_day)
