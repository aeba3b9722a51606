-- The peak prices of each day, each with the next lower off-peak price in force: what off-peak would have cost.
SELECT peak.charge_date, peak.model, peak.meter, peak.currency, peak.unit_price, max(off_peak.unit_price) AS off_peak_price
FROM tiered_price AS peak
LEFT JOIN price_tier AS off_peak
    ON off_peak.model = peak.model AND off_peak.meter = peak.meter AND off_peak.currency = peak.currency
    AND off_peak.tier = 'off-peak' AND off_peak.unit_price < peak.unit_price
    AND peak.charge_date BETWEEN off_peak.first_date AND off_peak.last_date
    AND NOT (off_peak.last_date = peak.first_date AND off_peak.first_date < peak.first_date)
    AND NOT (peak.last_date = off_peak.first_date AND peak.first_date < off_peak.first_date)
WHERE peak.is_peak
GROUP BY peak.charge_date, peak.model, peak.meter, peak.currency, peak.unit_price
