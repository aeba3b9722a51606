-- What each credential cost on each of the recent complete days, more than any forecast looks back: all of it, and the selected
-- part.
SELECT
    fact.credential_id,
    currency,
    charge_date,
    sum(unit_price * fact.quantity)::DECIMAL(38, 18) AS cost,
    (sum(unit_price * fact.quantity) FILTER (
        WHERE (CAST($currency AS VARCHAR) IS NULL OR currency = CAST($currency AS VARCHAR))
        AND (CAST($models AS VARCHAR[]) IS NULL OR model IN (SELECT name FROM unnest(CAST($models AS VARCHAR[])) AS selected(name)))
    ))::DECIMAL(38, 18) AS selected_cost
FROM fact
JOIN usage_line USING (line_id)
WHERE is_complete AND unit_price IS NOT NULL
    AND charge_date > (
        SELECT max(charge_date) - CAST($history_days AS INTEGER)
        FROM complete_day
        WHERE charge_date < coalesce(CAST($end AS DATE), 'infinity')
    )
    AND charge_date < coalesce(CAST($end AS DATE), 'infinity')
GROUP BY fact.credential_id, currency, charge_date
