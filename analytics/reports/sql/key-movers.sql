WITH key_total AS (
    SELECT
        account,
        api_key,
        api_key_name,
        currency,
        coalesce(sum(computed_cost) FILTER (WHERE NOT is_previous), 0)::DECIMAL(38, 18) AS computed_cost,
        coalesce(sum(computed_cost) FILTER (WHERE is_previous), 0)::DECIMAL(38, 18) AS previous_computed_cost
    FROM compared_total
    WHERE account IN (SELECT account FROM comparable_account)
    GROUP BY account, api_key, api_key_name, currency
),

ranked AS (
    SELECT
        *,
        sign(computed_cost - previous_computed_cost)::INTEGER AS direction,
        row_number() OVER (
            PARTITION BY currency, sign(computed_cost - previous_computed_cost)
            ORDER BY abs(computed_cost - previous_computed_cost) DESC, account, api_key
        ) AS rank
    FROM key_total
),

placed AS (
    SELECT
        *,
        direction <> 0 AND rank <= coalesce(CAST($top AS BIGINT), 5) AS is_mover
    FROM ranked
),

shown AS (
    SELECT
        CASE direction WHEN 1 THEN 'up' ELSE 'down' END AS direction,
        rank, account, api_key, api_key_name, FALSE AS is_other, currency, computed_cost, previous_computed_cost
    FROM placed
    WHERE is_mover
    UNION ALL
    SELECT
        NULL, NULL, NULL, NULL, 'other', TRUE, currency,
        sum(computed_cost)::DECIMAL(38, 18), sum(previous_computed_cost)::DECIMAL(38, 18)
    FROM placed
    WHERE NOT is_mover
    GROUP BY currency
),

caveat AS (
    SELECT
        placed.currency,
        CASE WHEN is_mover THEN placed.account END AS account,
        CASE WHEN is_mover THEN placed.api_key END AS api_key,
        string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
            FILTER (WHERE NOT is_reconciled) AS unreconciled_dates,
        string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
            FILTER (WHERE NOT is_complete) AS partial_dates
    FROM compared_caveat_day
    JOIN placed USING (account, api_key, currency)
    GROUP BY 1, 2, 3
)

SELECT
    shown.direction,
    shown.rank,
    shown.account,
    shown.api_key,
    shown.api_key_name,
    shown.is_other,
    shown.currency,
    shown.computed_cost,
    shown.previous_computed_cost,
    (shown.computed_cost - shown.previous_computed_cost)::DECIMAL(38, 18) AS change_cost,
    (shown.computed_cost - shown.previous_computed_cost) / nullif(shown.previous_computed_cost, 0) AS change_ratio,
    caveat.unreconciled_dates,
    caveat.partial_dates
FROM shown
LEFT JOIN caveat
    ON caveat.currency = shown.currency
    AND caveat.account IS NOT DISTINCT FROM shown.account
    AND caveat.api_key IS NOT DISTINCT FROM shown.api_key
ORDER BY shown.currency, CASE shown.direction WHEN 'up' THEN 1 WHEN 'down' THEN 2 ELSE 3 END, shown.rank;
