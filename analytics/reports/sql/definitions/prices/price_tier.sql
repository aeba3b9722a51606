-- The tier of each price while it was in force. Two prices in force at once are the tiers of a day; where one ends on the day on
-- which the other begins, the price changed.
SELECT
    span.model, span.meter, span.currency, span.unit_price, span.first_date, span.last_date,
    CASE
        WHEN bool_or(other.unit_price < span.unit_price) THEN 'peak'
        WHEN bool_or(other.unit_price > span.unit_price) THEN 'off-peak'
        ELSE 'standard'
    END AS tier
FROM price_span AS span
LEFT JOIN price_span AS other
    ON other.model = span.model AND other.meter = span.meter AND other.currency = span.currency
    AND other.first_date <= span.last_date AND other.last_date >= span.first_date
    AND NOT (other.last_date = span.first_date AND other.first_date < span.first_date)
    AND NOT (span.last_date = other.first_date AND span.first_date < other.first_date)
GROUP BY span.model, span.meter, span.currency, span.unit_price, span.first_date, span.last_date
