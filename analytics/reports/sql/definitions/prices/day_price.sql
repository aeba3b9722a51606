-- What was paid for a meter on each day: prices and their tiers are the vendor's, whichever keys are selected.
SELECT DISTINCT model, meter, currency, unit_price, charge_date
FROM usage_line
WHERE unit_price IS NOT NULL
