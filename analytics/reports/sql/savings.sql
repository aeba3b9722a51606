WITH month_line AS (
    SELECT
        line_id, import_id, charge_date, charge_start, model, currency, meter, unit_price,
        strftime(charge_date, '%Y-%m') AS billing_period
    FROM usage_line
    WHERE (CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE))
        AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
),

usual_miss AS (
    SELECT model, currency, miss_price, min(hit_price) AS hit_price
    FROM cache_pair
    GROUP BY model, currency, miss_price
    HAVING min(hit_price) = max(hit_price)
),

valued_line AS (
    SELECT
        line.line_id, line.billing_period, line.model, line.currency, line.meter, line.unit_price,
        peak_price.unit_price IS NOT NULL AS is_peak,
        line.unit_price - peak_price.off_peak_price AS extra_price,
        coalesce(of_hit.miss_price, usual_pair.miss_price) - line.unit_price AS saved_price,
        line.unit_price - coalesce(of_miss.hit_price, usual_miss.hit_price) AS missed_price
    FROM month_line AS line
    LEFT JOIN peak_price USING (charge_date, model, meter, currency, unit_price)
    LEFT JOIN cache_pair AS of_hit
        ON line.meter = 'input_cache_hit_tokens'
        AND of_hit.import_id = line.import_id AND of_hit.charge_start = line.charge_start
        AND of_hit.model = line.model AND of_hit.currency = line.currency AND of_hit.hit_price = line.unit_price
    LEFT JOIN usual_pair
        ON line.meter = 'input_cache_hit_tokens'
        AND usual_pair.model = line.model AND usual_pair.currency = line.currency AND usual_pair.hit_price = line.unit_price
    LEFT JOIN cache_pair AS of_miss
        ON line.meter = 'input_cache_miss_tokens'
        AND of_miss.import_id = line.import_id AND of_miss.charge_start = line.charge_start
        AND of_miss.model = line.model AND of_miss.currency = line.currency AND of_miss.miss_price = line.unit_price
    LEFT JOIN usual_miss
        ON line.meter = 'input_cache_miss_tokens'
        AND usual_miss.model = line.model AND usual_miss.currency = line.currency AND usual_miss.miss_price = line.unit_price
),

used AS (
    SELECT
        fact.credential_id, billing_period, model, currency, meter, unit_price, is_peak, extra_price, saved_price, missed_price,
        sum(fact.quantity)::BIGINT AS quantity
    FROM fact
    JOIN valued_line USING (line_id)
    GROUP BY
        fact.credential_id, billing_period, model, currency, meter, unit_price, is_peak, extra_price, saved_price, missed_price
),

total AS (
    SELECT
        billing_period,
        named_credential.account,
        named_credential.api_key,
        named_credential.label AS api_key_name,
        model,
        currency,
        coalesce(sum(quantity * unit_price), 0)::DECIMAL(38, 18) AS computed_cost,
        coalesce(sum(quantity) FILTER (WHERE meter = 'input_cache_hit_tokens'), 0)::BIGINT AS input_cache_hit_tokens,
        coalesce(sum(quantity) FILTER (WHERE meter = 'input_cache_miss_tokens'), 0)::BIGINT AS input_cache_miss_tokens,
        coalesce(sum(quantity) FILTER (WHERE meter = 'request_count'), 0)::BIGINT AS request_count,
        coalesce(sum(quantity * saved_price), 0)::DECIMAL(38, 18) AS saved_cost,
        coalesce(sum(quantity * extra_price), 0)::DECIMAL(38, 18) AS peak_extra_cost,
        coalesce(sum(quantity * missed_price), 0)::DECIMAL(38, 18) AS missed_cost,
        coalesce(sum(quantity) FILTER (
            WHERE (is_peak AND extra_price IS NULL)
                OR (meter = 'input_cache_hit_tokens' AND saved_price IS NULL)
                OR (meter = 'input_cache_miss_tokens' AND missed_price IS NULL)
        ), 0)::BIGINT AS unvalued_tokens
    FROM used
    JOIN named_credential ON named_credential.credential_id = used.credential_id
    GROUP BY billing_period, named_credential.account, named_credential.api_key, named_credential.label, model, currency
),

caveat AS (
    SELECT
        strftime(charge_date, '%Y-%m') AS billing_period, account, api_key, model, currency,
        string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
            FILTER (WHERE NOT is_reconciled) AS unreconciled_dates,
        string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
            FILTER (WHERE NOT is_complete) AS partial_dates
    FROM scoped_caveat_day
    GROUP BY billing_period, account, api_key, model, currency
)

-- Any key of the period may be the comparable one, whichever are selected.
SELECT
    total.*,
    caveat.unreconciled_dates,
    caveat.partial_dates,
    (total.account, total.api_key) IN (SELECT (account, api_key) FROM selected_credential)
    AND (CAST($currency AS VARCHAR) IS NULL OR total.currency = CAST($currency AS VARCHAR))
    AND (CAST($models AS VARCHAR[]) IS NULL OR total.model IN (SELECT name FROM unnest(CAST($models AS VARCHAR[])) AS selected(name)))
        AS is_selected
FROM total
LEFT JOIN caveat USING (billing_period, account, api_key, model, currency)
ORDER BY billing_period, currency, model, account, api_key;
