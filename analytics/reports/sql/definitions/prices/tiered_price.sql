-- What was paid for a meter on each day, with the tier of each price.
SELECT
    charge_date, model, meter, currency, unit_price,
    price_tier.first_date, price_tier.last_date, price_tier.tier,
    price_tier.tier = 'peak' AS is_peak
FROM day_price
JOIN price_tier USING (model, meter, currency, unit_price)
WHERE charge_date BETWEEN price_tier.first_date AND price_tier.last_date
