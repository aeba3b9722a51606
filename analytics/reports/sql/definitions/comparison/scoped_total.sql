-- What each key used in the period, per model and currency.
SELECT * FROM compared_total WHERE NOT is_previous
