-- The price of a miss that always went with a price of a hit, for buckets that lack the misses of a tier.
SELECT model, currency, hit_price, min(miss_price) AS miss_price
FROM cache_pair
GROUP BY model, currency, hit_price
HAVING min(miss_price) = max(miss_price)
