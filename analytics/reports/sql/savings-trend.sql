WITH line AS (
    SELECT
        usage_line.line_id,
        CASE CAST($grain AS VARCHAR)
            WHEN 'week' THEN CAST(date_trunc('week', usage_line.charge_date) AS DATE)
            WHEN 'month' THEN CAST(date_trunc('month', usage_line.charge_date) AS DATE)
            ELSE usage_line.charge_date
        END AS bucket_date,
        CASE CAST($grain AS VARCHAR) WHEN 'hour' THEN usage_line.charge_start END AS bucket_start,
        usage_line.model,
        usage_line.currency,
        CAST(usage_line.quantity AS BIGINT) AS quantity,
        usage_line.unit_price,
        coalesce(cache_pair.miss_price, usual_pair.miss_price) - usage_line.unit_price AS saved_price,
        usage_line.is_reconciled,
        usage_line.is_complete
    FROM usage_line
    LEFT JOIN cache_pair
        ON cache_pair.import_id = usage_line.import_id AND cache_pair.charge_start = usage_line.charge_start
        AND cache_pair.model = usage_line.model AND cache_pair.currency = usage_line.currency AND cache_pair.hit_price = usage_line.unit_price
    LEFT JOIN usual_pair
        ON usual_pair.model = usage_line.model AND usual_pair.currency = usage_line.currency AND usual_pair.hit_price = usage_line.unit_price
    WHERE usage_line.meter = 'input_cache_hit_tokens'
        AND (CAST($account AS VARCHAR) IS NULL OR usage_line.account = CAST($account AS VARCHAR))
        AND (CAST($currency AS VARCHAR) IS NULL OR usage_line.currency = CAST($currency AS VARCHAR))
        AND (
            CAST($models AS VARCHAR[]) IS NULL
            OR usage_line.model IN (SELECT name FROM unnest(CAST($models AS VARCHAR[])) AS selected(name))
        )
        AND (CAST($start AS DATE) IS NULL OR usage_line.charge_date >= CAST($start AS DATE))
        AND (CAST($end AS DATE) IS NULL OR usage_line.charge_date < CAST($end AS DATE))
        AND (CAST($grain AS VARCHAR) <> 'hour' OR usage_line.charge_end <= usage_line.charge_start + INTERVAL 1 HOUR)
),

-- Tokens of many rows are added up before they are priced: a line has one price.
used AS (
    SELECT line_id, quantity
    FROM line
    WHERE CAST($by AS VARCHAR) <> 'key' AND CAST($keys AS VARCHAR[]) IS NULL
    UNION ALL
    SELECT fact.line_id, sum(fact.quantity)::BIGINT
    FROM fact
    JOIN line ON line.line_id = fact.line_id
    WHERE CAST($by AS VARCHAR) <> 'key' AND CAST($keys AS VARCHAR[]) IS NOT NULL
        AND fact.credential_id IN (SELECT credential_id FROM selected_credential)
    GROUP BY fact.line_id
),

used_by_credential AS (
    SELECT fact.credential_id, line.currency, line.saved_price, sum(fact.quantity)::BIGINT AS quantity
    FROM fact
    JOIN line ON line.line_id = fact.line_id
    WHERE CAST($by AS VARCHAR) = 'key' AND fact.credential_id IN (SELECT credential_id FROM selected_credential)
    GROUP BY fact.credential_id, line.currency, line.saved_price
),

ranked AS (
    SELECT
        api_key_name AS series, account, api_key, currency,
        row_number() OVER (
            PARTITION BY currency ORDER BY sum(quantity * saved_price) DESC NULLS LAST, account, api_key
        ) AS rank
    FROM used_by_credential
    JOIN selected_credential ON selected_credential.credential_id = used_by_credential.credential_id
    GROUP BY api_key_name, account, api_key, currency
    UNION ALL
    SELECT
        model, NULL, NULL, currency,
        row_number() OVER (PARTITION BY currency ORDER BY sum(used.quantity * saved_price) DESC NULLS LAST, model)
    FROM line
    JOIN used ON used.line_id = line.line_id
    WHERE CAST($by AS VARCHAR) = 'model'
    GROUP BY model, currency
),

top AS (
    SELECT * FROM ranked WHERE rank <= coalesce(CAST($top AS BIGINT), 7)
),

top_credential AS (
    SELECT selected_credential.credential_id, top.currency, top.rank
    FROM top
    JOIN selected_credential ON selected_credential.account = top.account AND selected_credential.api_key = top.api_key
),

portion AS (
    SELECT fact.line_id, top_credential.rank, sum(fact.quantity)::BIGINT AS quantity
    FROM fact
    JOIN line ON line.line_id = fact.line_id
    LEFT JOIN top_credential ON top_credential.credential_id = fact.credential_id AND top_credential.currency = line.currency
    WHERE CAST($by AS VARCHAR) = 'key' AND fact.credential_id IN (SELECT credential_id FROM selected_credential)
    GROUP BY fact.line_id, top_credential.rank
    UNION ALL
    SELECT line.line_id, CASE CAST($by AS VARCHAR) WHEN 'total' THEN 0 ELSE top.rank END, used.quantity
    FROM line
    JOIN used ON used.line_id = line.line_id
    LEFT JOIN top ON top.series = line.model AND top.currency = line.currency
    WHERE CAST($by AS VARCHAR) <> 'key'
),

total AS (
    SELECT
        line.bucket_date, line.bucket_start, line.currency, portion.rank,
        sum(portion.quantity)::BIGINT AS input_cache_hit_tokens,
        coalesce(sum(portion.quantity) FILTER (WHERE line.saved_price IS NULL), 0)::BIGINT AS unvalued_tokens,
        sum(portion.quantity * line.unit_price)::DECIMAL(38, 18) AS input_cache_hit_cost,
        sum(portion.quantity * line.saved_price)::DECIMAL(38, 18) AS saved_cost,
        bool_and(line.is_reconciled) AS is_reconciled,
        bool_and(line.is_complete) AS is_complete
    FROM line
    JOIN portion ON portion.line_id = line.line_id
    GROUP BY line.bucket_date, line.bucket_start, line.currency, portion.rank
)

SELECT
    total.bucket_date AS charge_date,
    total.bucket_start AS charge_start,
    CASE WHEN total.rank IS NULL THEN 'other' ELSE coalesce(top.series, 'total') END AS series,
    top.account,
    top.api_key,
    total.rank IS NULL AS is_other,
    total.currency,
    input_cache_hit_tokens,
    unvalued_tokens,
    input_cache_hit_cost,
    saved_cost,
    saved_cost / nullif(saved_cost + input_cache_hit_cost, 0) AS saved_ratio,
    is_reconciled,
    is_complete
FROM total
LEFT JOIN top ON top.rank = total.rank AND top.currency = total.currency
ORDER BY total.bucket_date, total.bucket_start, total.currency, total.rank NULLS LAST;
