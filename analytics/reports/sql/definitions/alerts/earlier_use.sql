-- On which of the days before the days compared each key was used: a row for each sixty days, with a bit for each day.
SELECT series, day_number // 60 * 60 AS day_number, min(first_number) AS first_number, bit_or(used_days) AS used_days
FROM (
    SELECT
        credential_id, currency, day_number // 60 * 60 AS day_number,
        min(day_number) AS first_number,
        bit_or(CASE WHEN quantity > 0 THEN day_bit ELSE 0 END) AS used_days
    FROM fact
    JOIN (
        SELECT line_id, currency, day_number, CAST(1 AS BIGINT) << (day_number % 60) AS day_bit
        FROM (SELECT *, CAST(charge_date - DATE '0001-01-01' + 1 AS INTEGER) AS day_number FROM complete_line) AS numbered
        WHERE charge_date < CAST($start AS DATE) - CAST($compared_days AS INTEGER)
    ) AS earlier_line USING (line_id)
    GROUP BY ALL
) AS used
JOIN given_credential USING (credential_id, currency)
GROUP BY ALL
