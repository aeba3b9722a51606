-- What the cache saved each key on each model, per currency: its hits at the price that a miss cost in the same bucket and tier.
WITH price AS (
    SELECT DISTINCT import_id, charge_start, model, currency, meter, unit_price
    FROM usage_line
    WHERE meter IN ('input_cache_hit_tokens', 'input_cache_miss_tokens')
),

-- Of two prices in one bucket the dearer is the peak's, for hits and for misses alike.
tier AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY import_id, charge_start, model, currency, meter ORDER BY unit_price) AS tier,
        count(*) OVER (PARTITION BY import_id, charge_start, model, currency, meter) AS tier_count
    FROM price
),

pair AS (
    SELECT
        hit.import_id, hit.charge_start, hit.model, hit.currency,
        hit.unit_price AS hit_price,
        miss.unit_price AS miss_price
    FROM tier AS hit
    JOIN tier AS miss
        ON miss.import_id = hit.import_id AND miss.charge_start = hit.charge_start
        AND miss.model = hit.model AND miss.currency = hit.currency
        AND miss.tier = hit.tier AND miss.tier_count = hit.tier_count
    WHERE hit.meter = 'input_cache_hit_tokens' AND miss.meter = 'input_cache_miss_tokens'
),

-- Where a bucket lacks the misses of a tier, the price that was always paired with that of the hits tells.
usual AS (
    SELECT model, currency, hit_price, min(miss_price) AS miss_price
    FROM pair
    GROUP BY model, currency, hit_price
    HAVING min(miss_price) = max(miss_price)
),

total AS (
    SELECT
        hit.account,
        hit.api_key,
        hit.api_key_name,
        hit.model,
        hit.currency,
        sum(hit.quantity)::BIGINT AS input_cache_hit_tokens,
        coalesce(sum(hit.quantity) FILTER (WHERE coalesce(pair.miss_price, usual.miss_price) IS NULL), 0)::BIGINT
            AS unvalued_tokens,
        sum(hit.computed_cost)::DECIMAL(38, 18) AS input_cache_hit_cost,
        sum(hit.quantity * (coalesce(pair.miss_price, usual.miss_price) - hit.unit_price))::DECIMAL(38, 18) AS saved_cost
    FROM scoped_usage AS hit
    LEFT JOIN pair
        ON pair.import_id = hit.import_id AND pair.charge_start = hit.charge_start
        AND pair.model = hit.model AND pair.currency = hit.currency AND pair.hit_price = hit.unit_price
    LEFT JOIN usual ON usual.model = hit.model AND usual.currency = hit.currency AND usual.hit_price = hit.unit_price
    WHERE hit.meter = 'input_cache_hit_tokens'
    GROUP BY hit.account, hit.api_key, hit.api_key_name, hit.model, hit.currency
),

doubt AS (
    SELECT
        account, api_key, model, currency,
        string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
            FILTER (WHERE NOT is_reconciled) AS unreconciled_dates,
        string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
            FILTER (WHERE NOT is_complete) AS partial_dates
    FROM scoped_doubt
    GROUP BY account, api_key, model, currency
)

SELECT
    total.*,
    saved_cost / nullif(saved_cost + input_cache_hit_cost, 0) AS saved_ratio,
    doubt.unreconciled_dates,
    doubt.partial_dates
FROM total
LEFT JOIN doubt USING (account, api_key, model, currency)
ORDER BY currency, saved_cost DESC NULLS LAST, account, api_key, model;
