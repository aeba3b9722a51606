-- What each series of a budget was charged on each day, as doubles.
SELECT
    CAST(series AS INTEGER) AS series,
    CAST(charge_date - DATE '0001-01-01' + 1 AS INTEGER) AS day_number,
    CAST(cost AS DOUBLE) AS cost
FROM budget_day
JOIN budget_label USING (number, account)
