-- Why a period cost more or less than the one before it: requests, tokens, models, cache, peak hours, prices and keys, per key too.
WITH day_price AS (
    SELECT DISTINCT charge_date, model, meter, currency, unit_price
    FROM usage_line
    WHERE unit_price IS NOT NULL
),

ranked_price AS (
    SELECT
        *,
        unit_price > min(unit_price) OVER one_day AS is_dearer,
        count(*) OVER one_day AS price_count
    FROM day_price
    WINDOW one_day AS (PARTITION BY charge_date, model, meter, currency)
),

-- The dearer of the prices of a day is the peak's. Alone on a day it is so still, if it never was the cheaper one of two.
peak_price AS (
    SELECT model, meter, currency, unit_price
    FROM ranked_price
    GROUP BY model, meter, currency, unit_price
    HAVING bool_or(is_dearer) AND NOT bool_or(price_count > 1 AND NOT is_dearer)
),

tiered_line AS (
    SELECT
        compared_line.line_id,
        compared_line.model,
        compared_line.currency,
        compared_line.meter,
        compared_line.unit_price,
        compared_line.is_previous,
        coalesce(ranked_price.is_dearer, FALSE) OR (ranked_price.price_count = 1 AND peak_price.unit_price IS NOT NULL) AS is_peak
    FROM compared_line
    LEFT JOIN ranked_price
        ON ranked_price.charge_date = compared_line.charge_date AND ranked_price.model = compared_line.model
        AND ranked_price.meter = compared_line.meter AND ranked_price.currency = compared_line.currency
        AND ranked_price.unit_price = compared_line.unit_price
    LEFT JOIN peak_price
        ON peak_price.model = compared_line.model AND peak_price.meter = compared_line.meter
        AND peak_price.currency = compared_line.currency AND peak_price.unit_price = compared_line.unit_price
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
    GROUP BY ALL
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
GROUP BY ALL
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
GROUP BY ALL
ORDER BY account, currency, api_key NULLS FIRST, model, meter, is_peak;
