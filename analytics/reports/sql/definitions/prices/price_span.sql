-- The days from the first to the last on which a price was in force.
SELECT model, meter, currency, unit_price, min(charge_date) AS first_date, max(charge_date) AS last_date
FROM price_run
GROUP BY model, meter, currency, unit_price, run
