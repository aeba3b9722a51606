WITH ranked AS (
    SELECT
        account, api_key, api_key_name, currency,
        row_number() OVER (PARTITION BY currency ORDER BY sum(computed_cost) DESC, account, api_key) AS rank
    FROM scoped_total
    GROUP BY account, api_key, api_key_name, currency
),

top AS (
    SELECT ranked.*, selected_credential.credential_id
    FROM ranked
    JOIN selected_credential USING (account, api_key)
    WHERE rank <= coalesce(CAST($top AS BIGINT), 20)
)

SELECT
    top.rank,
    top.account,
    top.api_key,
    coalesce(top.api_key_name, 'other') AS api_key_name,
    top.rank IS NULL AS is_other,
    used.charge_date,
    used.currency,
    sum(used.computed_cost)::DECIMAL(38, 18) AS computed_cost,
    coalesce(sum(used.quantity) FILTER (WHERE meter = 'request_count'), 0)::BIGINT AS request_count,
    coalesce(sum(used.quantity) FILTER (WHERE meter <> 'request_count'), 0)::BIGINT AS total_tokens,
    bool_and(used.is_reconciled) AS is_reconciled,
    bool_and(used.is_complete) AS is_complete
FROM scoped_fact AS used
LEFT JOIN top ON top.credential_id = used.credential_id AND top.currency = used.currency
GROUP BY top.rank, top.account, top.api_key, top.api_key_name, used.charge_date, used.currency
ORDER BY used.currency, top.rank NULLS LAST, used.charge_date;
