-- The rank of keys or models by cost in each currency.
SELECT
    api_key_name AS series, account, api_key, currency,
    row_number() OVER (PARTITION BY currency ORDER BY sum(computed_cost) DESC, account, api_key) AS rank
FROM scoped_total
WHERE CAST($by AS VARCHAR) = 'key'
GROUP BY api_key_name, account, api_key, currency
UNION ALL
SELECT
    model, NULL, NULL, currency,
    row_number() OVER (PARTITION BY currency ORDER BY sum(computed_cost) DESC, model)
FROM scoped_line
WHERE CAST($by AS VARCHAR) = 'model'
GROUP BY model, currency
