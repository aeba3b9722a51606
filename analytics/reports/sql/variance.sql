WITH tiered_line AS (
    SELECT line_id, model, currency, meter, unit_price, is_previous, coalesce(is_peak, FALSE) AS is_peak
    FROM compared_line
    LEFT JOIN tiered_price USING (charge_date, model, meter, currency, unit_price)
),

used AS (
    SELECT
        fact.credential_id,
        tiered_line.currency,
        tiered_line.model,
        tiered_line.meter,
        tiered_line.is_peak,
        coalesce(sum(quantity) FILTER (WHERE is_previous), 0)::BIGINT AS previous_quantity,
        coalesce(sum(unit_price * quantity) FILTER (WHERE is_previous), 0)::DECIMAL(38, 18) AS previous_cost,
        coalesce(sum(quantity) FILTER (WHERE NOT is_previous), 0)::BIGINT AS quantity,
        coalesce(sum(unit_price * quantity) FILTER (WHERE NOT is_previous), 0)::DECIMAL(38, 18) AS cost
    FROM fact
    JOIN tiered_line USING (line_id)
    GROUP BY fact.credential_id, tiered_line.currency, tiered_line.model, tiered_line.meter, tiered_line.is_peak
)

SELECT
    selected_credential.account,
    used.currency,
    selected_credential.api_key,
    selected_credential.api_key_name,
    used.model,
    used.meter,
    used.is_peak,
    sum(used.previous_quantity)::BIGINT AS previous_quantity,
    sum(used.previous_cost)::DECIMAL(38, 18) AS previous_cost,
    sum(used.quantity)::BIGINT AS quantity,
    sum(used.cost)::DECIMAL(38, 18) AS cost
FROM used
JOIN selected_credential USING (credential_id)
WHERE selected_credential.account IN (SELECT account FROM comparable_account)
GROUP BY
    selected_credential.account, used.currency, selected_credential.api_key, selected_credential.api_key_name, used.model, used.meter, used.is_peak
UNION ALL
-- What was billed, by wallet.
SELECT
    account,
    currency,
    NULL,
    NULL,
    NULL,
    CASE WHEN lower(wallet_type) = 'granted' THEN 'granted' ELSE 'paid' END AS meter,
    FALSE,
    count(*) FILTER (WHERE is_previous)::BIGINT,
    coalesce(sum(billed_cost) FILTER (WHERE is_previous), 0)::DECIMAL(38, 18),
    count(*) FILTER (WHERE NOT is_previous)::BIGINT,
    coalesce(sum(billed_cost) FILTER (WHERE NOT is_previous), 0)::DECIMAL(38, 18)
FROM compared_billing
WHERE account IN (SELECT account FROM comparable_account)
GROUP BY account, currency, CASE WHEN lower(wallet_type) = 'granted' THEN 'granted' ELSE 'paid' END
ORDER BY account, currency, api_key NULLS FIRST, model, meter, is_peak;
