-- The price of each model at steady prices: that of its dearest meter.
SELECT model, currency, max(steady_price) AS model_price
FROM steady_price
GROUP BY model, currency
