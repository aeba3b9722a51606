-- What each of the top keys cost on each day, per currency, with its requests and tokens; the rest as other.
WITH cell AS (
    SELECT
        account, api_key, api_key_name, charge_date, currency,
        sum(computed_cost) AS computed_cost,
        coalesce(sum(quantity) FILTER (WHERE meter = 'request_count'), 0) AS request_count,
        coalesce(sum(quantity) FILTER (WHERE meter <> 'request_count'), 0) AS total_tokens,
        bool_and(is_reconciled) AS is_reconciled,
        bool_and(is_complete) AS is_complete
    FROM scoped_usage
    GROUP BY account, api_key, api_key_name, charge_date, currency
),

ranked AS (
    SELECT
        account, api_key, api_key_name, currency,
        row_number() OVER (PARTITION BY currency ORDER BY sum(computed_cost) DESC, account, api_key) AS rank
    FROM cell
    GROUP BY account, api_key, api_key_name, currency
),

top AS (
    SELECT * FROM ranked WHERE rank <= coalesce(CAST($top AS BIGINT), 20)
)

SELECT
    top.rank,
    top.account,
    top.api_key,
    coalesce(top.api_key_name, 'other') AS api_key_name,
    top.rank IS NULL AS is_other,
    cell.charge_date,
    cell.currency,
    sum(cell.computed_cost)::DECIMAL(38, 18) AS computed_cost,
    sum(cell.request_count)::BIGINT AS request_count,
    sum(cell.total_tokens)::BIGINT AS total_tokens,
    bool_and(cell.is_reconciled) AS is_reconciled,
    bool_and(cell.is_complete) AS is_complete
FROM cell
LEFT JOIN top ON top.account = cell.account AND top.api_key = cell.api_key AND top.currency = cell.currency
GROUP BY top.rank, top.account, top.api_key, top.api_key_name, cell.charge_date, cell.currency
ORDER BY cell.currency, top.rank NULLS LAST, cell.charge_date;
