-- Why a period cost more or less than the one before it: requests, tokens, models, cache, peak hours, prices and keys, per key too.
WITH tiered_line AS (
    SELECT
        compared_line.line_id,
        compared_line.model,
        compared_line.currency,
        compared_line.meter,
        compared_line.unit_price,
        compared_line.is_previous,
        tiered_price.is_peak
    FROM compared_line
    LEFT JOIN tiered_price
        ON tiered_price.charge_date = compared_line.charge_date AND tiered_price.model = compared_line.model
        AND tiered_price.meter = compared_line.meter AND tiered_price.currency = compared_line.currency
        AND tiered_price.unit_price = compared_line.unit_price
),

used AS (
    SELECT
        fact.credential_id,
        tiered_line.currency,
        tiered_line.model,
        tiered_line.meter,
        coalesce(tiered_line.is_peak, FALSE) AS is_peak,
        coalesce(sum(quantity) FILTER (WHERE is_previous), 0)::HUGEINT AS previous_quantity,
        coalesce(sum(unit_price * quantity) FILTER (WHERE is_previous), 0)::DECIMAL(38, 18) AS previous_cost,
        coalesce(sum(quantity) FILTER (WHERE NOT is_previous), 0)::HUGEINT AS quantity,
        coalesce(sum(unit_price * quantity) FILTER (WHERE NOT is_previous), 0)::DECIMAL(38, 18) AS cost
    FROM fact
    JOIN tiered_line USING (line_id)
    GROUP BY fact.credential_id, tiered_line.currency, tiered_line.model, tiered_line.meter, tiered_line.is_peak
)

SELECT
    asked_credential.account,
    used.currency,
    asked_credential.api_key,
    asked_credential.api_key_name,
    used.model,
    used.meter,
    used.is_peak,
    sum(used.previous_quantity)::HUGEINT AS previous_quantity,
    sum(used.previous_cost)::DECIMAL(38, 18) AS previous_cost,
    sum(used.quantity)::HUGEINT AS quantity,
    sum(used.cost)::DECIMAL(38, 18) AS cost
FROM used
JOIN asked_credential USING (credential_id)
WHERE asked_credential.account IN (SELECT account FROM comparable_account)
GROUP BY
    asked_credential.account, used.currency, asked_credential.api_key, asked_credential.api_key_name, used.model, used.meter, used.is_peak
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
    count(*) FILTER (WHERE is_previous)::HUGEINT,
    coalesce(sum(billed_cost) FILTER (WHERE is_previous), 0)::DECIMAL(38, 18),
    count(*) FILTER (WHERE NOT is_previous)::HUGEINT,
    coalesce(sum(billed_cost) FILTER (WHERE NOT is_previous), 0)::DECIMAL(38, 18)
FROM compared_billing
WHERE account IN (SELECT account FROM comparable_account)
GROUP BY account, currency, CASE WHEN lower(wallet_type) = 'granted' THEN 'granted' ELSE 'paid' END
ORDER BY account, currency, api_key NULLS FIRST, model, meter, is_peak;
