WITH total AS (
    SELECT
        hit.account,
        hit.api_key,
        hit.api_key_name,
        hit.model,
        hit.currency,
        sum(hit.quantity)::BIGINT AS input_cache_hit_tokens,
        coalesce(sum(hit.quantity) FILTER (WHERE coalesce(cache_pair.miss_price, usual_pair.miss_price) IS NULL), 0)::BIGINT
            AS unvalued_tokens,
        sum(hit.computed_cost)::DECIMAL(38, 18) AS input_cache_hit_cost,
        sum(hit.quantity * (coalesce(cache_pair.miss_price, usual_pair.miss_price) - hit.unit_price))::DECIMAL(38, 18) AS saved_cost
    FROM scoped_usage AS hit
    LEFT JOIN cache_pair
        ON cache_pair.import_id = hit.import_id AND cache_pair.charge_start = hit.charge_start
        AND cache_pair.model = hit.model AND cache_pair.currency = hit.currency AND cache_pair.hit_price = hit.unit_price
    LEFT JOIN usual_pair ON usual_pair.model = hit.model AND usual_pair.currency = hit.currency AND usual_pair.hit_price = hit.unit_price
    WHERE hit.meter = 'input_cache_hit_tokens'
    GROUP BY hit.account, hit.api_key, hit.api_key_name, hit.model, hit.currency
),

caveat AS (
    SELECT
        account, api_key, model, currency,
        string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
            FILTER (WHERE NOT is_reconciled) AS unreconciled_dates,
        string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
            FILTER (WHERE NOT is_complete) AS partial_dates
    FROM scoped_caveat_day
    GROUP BY account, api_key, model, currency
)

SELECT
    total.*,
    saved_cost / nullif(saved_cost + input_cache_hit_cost, 0) AS saved_ratio,
    caveat.unreconciled_dates,
    caveat.partial_dates
FROM total
LEFT JOIN caveat USING (account, api_key, model, currency)
ORDER BY currency, saved_cost DESC NULLS LAST, account, api_key, model;
