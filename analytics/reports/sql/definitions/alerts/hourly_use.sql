-- What each key used in each hour at steady prices, where hours are known: in the period and in the days before it that its hours
-- are compared with.
SELECT
    series,
    CAST(charge_date - DATE '0001-01-01' + 1 AS INTEGER) AS day_number,
    hour,
    sum(cost)::DOUBLE AS cost
FROM (
    SELECT
        complete_fact.credential_id, complete_fact.currency, complete_fact.charge_date, hourly_line.hour,
        sum(CAST(complete_fact.quantity AS DOUBLE) * CAST(steady_price AS DOUBLE)) AS cost
    FROM complete_fact
    JOIN hourly_line USING (line_id)
    JOIN steady_price USING (model, meter, currency)
    WHERE CAST($start AS DATE) IS NULL OR complete_fact.charge_date >= CAST($start AS DATE) - CAST($compared_hour_days AS INTEGER)
    GROUP BY complete_fact.credential_id, complete_fact.currency, complete_fact.charge_date, hourly_line.hour
) AS used
JOIN given_credential USING (credential_id, currency)
WHERE cost > 0
GROUP BY series, currency, charge_date, hour
