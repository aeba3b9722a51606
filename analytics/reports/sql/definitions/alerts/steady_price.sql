-- The last off-peak price of each meter: at it, days before and after a change of prices can be compared.
SELECT model, meter, currency, arg_max(unit_price, (charge_date, -unit_price)) AS steady_price
FROM day_price
WHERE CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE)
GROUP BY model, meter, currency
