-- The owner rule of each key and time, with the epochs in which it holds.
SELECT
    account, api_key, number, start_date, end_date,
    (SELECT count(*) FROM rule_bound WHERE bound <= start_date) AS start_epoch,
    (SELECT count(*) FROM rule_bound WHERE bound <= coalesce(end_date, DATE '9999-12-31')) + CAST(end_date IS NULL AS INTEGER)
        AS end_epoch
FROM (
    SELECT item.account, api_key, item.start_date, item.end_date, item.number
    FROM
        unnest(
            CAST($key_rules AS STRUCT(account VARCHAR, start_date DATE, end_date DATE, number INTEGER, api_keys VARCHAR[])[])
        ) AS given(item),
        unnest(item.api_keys) AS keys(api_key)
)
