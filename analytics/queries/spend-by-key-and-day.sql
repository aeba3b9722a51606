-- What each of the top keys cost on each day, per currency, with its requests and tokens; the rest as other.
WITH ranked AS (
    SELECT
        account, api_key, currency,
        row_number() OVER (PARTITION BY currency ORDER BY sum(computed_cost) DESC, account, api_key) AS rank
    FROM scoped_usage
    GROUP BY account, api_key, currency
),

top AS (
    SELECT * FROM ranked WHERE rank <= coalesce(CAST($top AS BIGINT), 20)
)

SELECT
    top.rank,
    top.account,
    top.api_key,
    CASE WHEN top.rank IS NULL THEN 'other' ELSE any_value(usage.api_key_name) END AS api_key_name,
    top.rank IS NULL AS is_other,
    usage.charge_date,
    usage.currency,
    sum(usage.computed_cost)::DECIMAL(38, 18) AS computed_cost,
    coalesce(sum(quantity) FILTER (WHERE meter = 'request_count'), 0)::BIGINT AS request_count,
    coalesce(sum(quantity) FILTER (WHERE meter <> 'request_count'), 0)::BIGINT AS total_tokens,
    bool_and(usage.is_reconciled) AS is_reconciled,
    bool_and(usage.is_complete) AS is_complete
FROM scoped_usage AS usage
LEFT JOIN top USING (account, api_key, currency)
GROUP BY top.rank, top.account, top.api_key, usage.charge_date, usage.currency
ORDER BY currency, top.rank NULLS LAST, charge_date;
