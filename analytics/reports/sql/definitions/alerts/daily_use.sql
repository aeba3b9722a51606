-- What each key used on each complete day, at steady prices, with the measures that its alerts rest on.
SELECT
    series, day_number,
    sum(cost) AS cost,
    sum(requests) AS requests,
    sum(hits) AS hits,
    sum(input) AS input,
    sum(tokens) AS tokens,
    sum(dearness) AS dearness,
    sum(peak_tokens) AS peak_tokens,
    max(is_peak_day) AS is_peak_day
FROM (
    SELECT
        credential_id, currency, day_number,
        sum(units * cost) AS cost,
        sum(units * requests) AS requests,
        sum(units * hits) AS hits,
        sum(units * input) AS input,
        sum(units * tokens) AS tokens,
        sum(units * dearness) AS dearness,
        sum(units * peak_tokens) AS peak_tokens,
        max(is_peak_day) AS is_peak_day
    FROM (SELECT line_id, credential_id, CAST(quantity AS DOUBLE) AS units FROM fact) AS counted
    JOIN measured_line USING (line_id)
    GROUP BY credential_id, currency, day_number
) AS used
JOIN given_credential USING (credential_id, currency)
GROUP BY series, day_number
