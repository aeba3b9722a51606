-- The prices of hits and misses of the cache in each bucket; where one of a tier gave way to another, the older one is the first.
SELECT
    import_id, charge_start, model, currency, meter, unit_price, tier,
    row_number() OVER (one_tier ORDER BY first_date, unit_price) AS place,
    count(*) OVER one_tier AS price_count
FROM (
    SELECT DISTINCT import_id, charge_date, charge_start, model, currency, meter, unit_price
    FROM usage_line
    WHERE meter IN ('input_cache_hit_tokens', 'input_cache_miss_tokens')
) AS line
JOIN tiered_price USING (charge_date, model, meter, currency, unit_price)
WINDOW one_tier AS (PARTITION BY import_id, charge_start, model, currency, meter, tier)
