-- What the cache saved in each day, week, month or hour, per currency: its hits at the price of a miss in the same bucket and tier.
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

step AS (
    SELECT
        CASE CAST($grain AS VARCHAR)
            WHEN 'week' THEN CAST(date_trunc('week', hit.charge_date) AS DATE)
            WHEN 'month' THEN CAST(date_trunc('month', hit.charge_date) AS DATE)
            ELSE hit.charge_date
        END AS bucket_date,
        CASE CAST($grain AS VARCHAR) WHEN 'hour' THEN hit.charge_start END AS bucket_start,
        CASE CAST($by AS VARCHAR) WHEN 'key' THEN hit.api_key_name WHEN 'model' THEN hit.model ELSE 'total' END AS series,
        CASE CAST($by AS VARCHAR) WHEN 'key' THEN hit.account END AS series_account,
        CASE CAST($by AS VARCHAR) WHEN 'key' THEN hit.api_key END AS series_api_key,
        hit.currency,
        sum(hit.quantity) AS input_cache_hit_tokens,
        coalesce(sum(hit.quantity) FILTER (WHERE coalesce(pair.miss_price, usual.miss_price) IS NULL), 0) AS unvalued_tokens,
        sum(hit.computed_cost) AS input_cache_hit_cost,
        sum(hit.quantity * (coalesce(pair.miss_price, usual.miss_price) - hit.unit_price)) AS saved_cost,
        bool_and(hit.is_reconciled) AS is_reconciled,
        bool_and(hit.is_complete) AS is_complete
    FROM scoped_usage AS hit
    LEFT JOIN pair
        ON pair.import_id = hit.import_id AND pair.charge_start = hit.charge_start
        AND pair.model = hit.model AND pair.currency = hit.currency AND pair.hit_price = hit.unit_price
    LEFT JOIN usual ON usual.model = hit.model AND usual.currency = hit.currency AND usual.hit_price = hit.unit_price
    WHERE hit.meter = 'input_cache_hit_tokens'
        AND (CAST($grain AS VARCHAR) <> 'hour' OR hit.charge_end <= hit.charge_start + INTERVAL 1 HOUR)
    GROUP BY bucket_date, bucket_start, series, series_account, series_api_key, hit.currency
),

ranked AS (
    SELECT
        series, series_account, series_api_key, currency,
        row_number() OVER (
            PARTITION BY currency
            ORDER BY sum(saved_cost) DESC NULLS LAST, series_account, series_api_key, series
        ) AS rank
    FROM step
    GROUP BY series, series_account, series_api_key, currency
),

top AS (
    SELECT * FROM ranked WHERE rank <= coalesce(CAST($top AS BIGINT), 7)
),

total AS (
    SELECT
        step.bucket_date, step.bucket_start, step.currency,
        top.series, top.series_account, top.series_api_key, top.rank,
        sum(input_cache_hit_tokens)::BIGINT AS input_cache_hit_tokens,
        sum(unvalued_tokens)::BIGINT AS unvalued_tokens,
        sum(input_cache_hit_cost)::DECIMAL(38, 18) AS input_cache_hit_cost,
        sum(saved_cost)::DECIMAL(38, 18) AS saved_cost,
        bool_and(is_reconciled) AS is_reconciled,
        bool_and(is_complete) AS is_complete
    FROM step
    LEFT JOIN top
        ON top.currency = step.currency AND top.series = step.series
        AND top.series_account IS NOT DISTINCT FROM step.series_account
        AND top.series_api_key IS NOT DISTINCT FROM step.series_api_key
    GROUP BY step.bucket_date, step.bucket_start, step.currency, top.series, top.series_account, top.series_api_key, top.rank
)

SELECT
    bucket_date AS charge_date,
    bucket_start AS charge_start,
    coalesce(series, 'other') AS series,
    series_account AS account,
    series_api_key AS api_key,
    rank IS NULL AS is_other,
    currency,
    input_cache_hit_tokens,
    unvalued_tokens,
    input_cache_hit_cost,
    saved_cost,
    saved_cost / nullif(saved_cost + input_cache_hit_cost, 0) AS saved_ratio,
    is_reconciled,
    is_complete
FROM total
ORDER BY charge_date, charge_start, currency, rank NULLS LAST;
