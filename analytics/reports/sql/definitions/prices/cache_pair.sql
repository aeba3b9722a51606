-- The price of a miss that goes with each price of a hit of the cache in the same bucket and tier.
SELECT
    hit.import_id, hit.charge_start, hit.model, hit.currency,
    hit.unit_price AS hit_price,
    miss.unit_price AS miss_price
FROM cache_price AS hit
JOIN cache_price AS miss
    ON miss.import_id = hit.import_id AND miss.charge_start = hit.charge_start
    AND miss.model = hit.model AND miss.currency = hit.currency
    AND miss.tier = hit.tier AND miss.place = hit.place AND miss.price_count = hit.price_count
WHERE hit.meter = 'input_cache_hit_tokens' AND miss.meter = 'input_cache_miss_tokens'
