-- What a question is asked about: the owned rows of a period, an account, a currency, keys (each a mask or any name it has had)
-- and models; NULL asks for all. `asked_` rows are of any day, `scoped_` rows of the period, and `compared_` rows of the period
-- and of the like period before it. The cost file names no keys: where keys are asked about, nothing is known to be billed.
WITH asked_name AS (
    -- What is the mask of a key means that key, and not another that was given it for a name.
    SELECT name
    FROM unnest(CAST($keys AS VARCHAR[])) AS asked(name)
    WHERE name NOT IN (SELECT api_key FROM named_credential)
),

asked_credential AS (
    SELECT credential_id, account, api_key, label AS api_key_name
    FROM named_credential
    WHERE (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
        AND (
            CAST($keys AS VARCHAR[]) IS NULL
            OR api_key IN (SELECT name FROM unnest(CAST($keys AS VARCHAR[])) AS asked(name))
            OR label IN (SELECT name FROM asked_name)
            OR api_key_name IN (SELECT name FROM asked_name)
        )
),

asked_usage AS NOT MATERIALIZED (
    SELECT * FROM usage
    WHERE (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
        AND (CAST($currency AS VARCHAR) IS NULL OR currency = CAST($currency AS VARCHAR))
        AND (CAST($models AS VARCHAR[]) IS NULL OR model IN (SELECT name FROM unnest(CAST($models AS VARCHAR[])) AS asked(name)))
        AND (CAST($keys AS VARCHAR[]) IS NULL OR (account, api_key) IN (SELECT account, api_key FROM asked_credential))
),

scoped_usage AS NOT MATERIALIZED (
    SELECT * FROM asked_usage
    WHERE (CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE))
        AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
),

-- The same without telling keys apart: where no key is asked about, from the lines, which hold the totals of all keys.
asked_line AS NOT MATERIALIZED (
    SELECT
        account, charge_date, charge_start, charge_end, model, meter,
        CAST(quantity AS BIGINT) AS quantity,
        unit_price,
        currency,
        CASE WHEN unit_price IS NULL THEN 0 ELSE unit_price * CAST(quantity AS BIGINT) END::DECIMAL(38, 18) AS computed_cost,
        is_reconciled,
        is_complete
    FROM usage_line
    WHERE CAST($keys AS VARCHAR[]) IS NULL
        AND (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
        AND (CAST($currency AS VARCHAR) IS NULL OR currency = CAST($currency AS VARCHAR))
        AND (CAST($models AS VARCHAR[]) IS NULL OR model IN (SELECT name FROM unnest(CAST($models AS VARCHAR[])) AS asked(name)))
    UNION ALL
    SELECT
        account, charge_date, charge_start, charge_end, model, meter, quantity, unit_price, currency, computed_cost,
        is_reconciled, is_complete
    FROM asked_usage
    WHERE CAST($keys AS VARCHAR[]) IS NOT NULL
),

scoped_line AS NOT MATERIALIZED (
    SELECT * FROM asked_line
    WHERE (CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE))
        AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
),

-- The rows of the period by their credential, a number: what many rows are grouped by. `period_` rows are of the whole period,
-- whatever else is asked about.
period_fact AS NOT MATERIALIZED (
    SELECT
        fact.line_id,
        fact.credential_id,
        usage_line.charge_date,
        usage_line.charge_start,
        usage_line.charge_end,
        usage_line.model,
        usage_line.meter,
        usage_line.unit_price,
        usage_line.currency,
        fact.quantity,
        CASE WHEN usage_line.unit_price IS NULL THEN 0 ELSE usage_line.unit_price * fact.quantity END AS computed_cost,
        usage_line.is_reconciled,
        usage_line.is_complete
    FROM fact
    JOIN usage_line ON usage_line.line_id = fact.line_id
    WHERE (CAST($start AS DATE) IS NULL OR usage_line.charge_date >= CAST($start AS DATE))
        AND (CAST($end AS DATE) IS NULL OR usage_line.charge_date < CAST($end AS DATE))
        AND (usage_line.is_complete OR NOT CAST($only_complete AS BOOLEAN))
),

scoped_fact AS NOT MATERIALIZED (
    SELECT * FROM period_fact
    WHERE (CAST($currency AS VARCHAR) IS NULL OR currency = CAST($currency AS VARCHAR))
        AND (CAST($models AS VARCHAR[]) IS NULL OR model IN (SELECT name FROM unnest(CAST($models AS VARCHAR[])) AS asked(name)))
        AND (
            (CAST($keys AS VARCHAR[]) IS NULL AND CAST($account AS VARCHAR) IS NULL)
            OR credential_id IN (SELECT credential_id FROM asked_credential)
        )
),

-- The lines of the period and of the one before it; those of a month that lies whole in either are added up already.
compared_line AS (
    SELECT
        line_id, model, currency, meter, unit_price, charge_date, month_date, is_reconciled, is_complete, is_previous,
        CASE
            WHEN is_previous
                THEN month_date >= CAST($previous_start AS DATE) AND next_month_date <= CAST($previous_end AS DATE)
            ELSE (CAST($start AS DATE) IS NULL OR month_date >= CAST($start AS DATE))
                AND (CAST($end AS DATE) IS NULL OR next_month_date <= CAST($end AS DATE))
        END AS is_in_whole_month
    FROM (
        SELECT
            *,
            coalesce(charge_date < CAST($previous_end AS DATE), FALSE) AS is_previous,
            CAST(date_trunc('month', charge_date) AS DATE) AS month_date,
            CAST(date_trunc('month', charge_date) + INTERVAL 1 MONTH AS DATE) AS next_month_date
        FROM usage_line
        WHERE (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
            AND (CAST($currency AS VARCHAR) IS NULL OR currency = CAST($currency AS VARCHAR))
            AND (CAST($models AS VARCHAR[]) IS NULL OR model IN (SELECT name FROM unnest(CAST($models AS VARCHAR[])) AS asked(name)))
            AND (
                (
                    (CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE))
                    AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
                )
                OR (charge_date >= CAST($previous_start AS DATE) AND charge_date < CAST($previous_end AS DATE))
            )
    ) AS dated
),

compared_month AS (
    SELECT DISTINCT month_date, model, currency, is_previous
    FROM compared_line
    WHERE is_in_whole_month
),

-- What each credential used in either period: whole months added up, the other days row by row.
compared_part AS NOT MATERIALIZED (
    SELECT
        credential_id, month_date, model, currency, is_previous, computed_cost, reconciled_cost,
        input_cache_hit_tokens, input_cache_miss_tokens, output_tokens, request_count, last_date, is_reconciled, is_complete
    FROM credential_month
    JOIN compared_month USING (month_date, model, currency)
    UNION ALL
    SELECT
        credential_id,
        month_date,
        model,
        currency,
        is_previous,
        CASE WHEN unit_price IS NULL THEN 0 ELSE unit_price * quantity END,
        CASE WHEN unit_price IS NULL OR NOT is_reconciled THEN 0 ELSE unit_price * quantity END,
        CASE meter WHEN 'input_cache_hit_tokens' THEN quantity ELSE 0 END,
        CASE meter WHEN 'input_cache_miss_tokens' THEN quantity ELSE 0 END,
        CASE meter WHEN 'output_tokens' THEN quantity ELSE 0 END,
        CASE meter WHEN 'request_count' THEN quantity ELSE 0 END,
        charge_date,
        is_reconciled,
        is_complete
    FROM fact
    JOIN (SELECT * FROM compared_line WHERE NOT is_in_whole_month) AS lone_line USING (line_id)
),

-- What each key used in either period, per model and currency.
compared_total AS (
    SELECT
        asked_credential.account,
        asked_credential.api_key,
        asked_credential.api_key_name,
        total.* EXCLUDE (credential_id)
    FROM (
        SELECT
            credential_id,
            model,
            currency,
            is_previous,
            sum(computed_cost)::DECIMAL(38, 18) AS computed_cost,
            sum(reconciled_cost)::DECIMAL(38, 18) AS reconciled_cost,
            sum(input_cache_hit_tokens)::BIGINT AS input_cache_hit_tokens,
            sum(input_cache_miss_tokens)::BIGINT AS input_cache_miss_tokens,
            sum(output_tokens)::BIGINT AS output_tokens,
            sum(request_count)::BIGINT AS request_count,
            max(last_date) AS last_date
        FROM compared_part
        GROUP BY credential_id, model, currency, is_previous
    ) AS total
    JOIN asked_credential ON asked_credential.credential_id = total.credential_id
),

scoped_part AS NOT MATERIALIZED (
    SELECT * FROM compared_part
    WHERE NOT is_previous AND credential_id IN (SELECT credential_id FROM asked_credential)
),

scoped_total AS NOT MATERIALIZED (
    SELECT * FROM compared_total WHERE NOT is_previous
),

-- The few days that a sum must name: not reconciled, or in progress when exported.
compared_doubt AS (
    SELECT DISTINCT account, api_key, model, currency, charge_date, is_reconciled, is_complete, is_previous
    FROM fact
    JOIN (
        SELECT line_id, model, currency, charge_date, is_reconciled, is_complete, is_previous
        FROM compared_line
        WHERE NOT (is_reconciled AND is_complete)
    ) AS doubtful_line USING (line_id)
    JOIN asked_credential USING (credential_id)
),

scoped_doubt AS NOT MATERIALIZED (
    SELECT * FROM compared_doubt WHERE NOT is_previous
),

-- Of an account whose evidence does not reach back to the first day compared with, nothing can be said to have changed.
comparable_account AS (
    SELECT account
    FROM covered_period
    GROUP BY account
    HAVING min(declared_start) <= CAST($previous_start AS DATE)
        AND bool_or(declared_start < CAST($previous_end AS DATE) AND declared_end > CAST($previous_start AS DATE))
),

asked_reconciliation AS NOT MATERIALIZED (
    SELECT * FROM reconciliation
    WHERE (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
        AND (CAST($currency AS VARCHAR) IS NULL OR currency = CAST($currency AS VARCHAR))
        AND (CAST($models AS VARCHAR[]) IS NULL OR model IN (SELECT name FROM unnest(CAST($models AS VARCHAR[])) AS asked(name)))
),

scoped_reconciliation AS NOT MATERIALIZED (
    SELECT * FROM asked_reconciliation
    WHERE (CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE))
        AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
),

compared_billing AS NOT MATERIALIZED (
    SELECT *, coalesce(charge_date < CAST($previous_end AS DATE), FALSE) AS is_previous
    FROM billing
    WHERE (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
        AND (CAST($currency AS VARCHAR) IS NULL OR currency = CAST($currency AS VARCHAR))
        AND (CAST($models AS VARCHAR[]) IS NULL OR model IN (SELECT name FROM unnest(CAST($models AS VARCHAR[])) AS asked(name)))
        AND CAST($keys AS VARCHAR[]) IS NULL
        AND (
            (
                (CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE))
                AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
            )
            OR (charge_date >= CAST($previous_start AS DATE) AND charge_date < CAST($previous_end AS DATE))
        )
),

scoped_billing AS NOT MATERIALIZED (
    SELECT * FROM compared_billing WHERE NOT is_previous
),

scoped_day AS (
    SELECT * FROM owned_day
    WHERE (CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE))
        AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
        AND (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
),

-- Days of which evidence tells. A day without rows inside an export's period was a day without use; not so a day of a closed
-- month whose rows came late.
evident_day AS (
    SELECT account, charge_date, is_complete FROM owned_day
    UNION
    SELECT account, CAST(day AS DATE), TRUE
    FROM (
        SELECT
            account,
            unnest(generate_series(
                CAST(declared_start AS TIMESTAMP),
                CAST(least(declared_end - 1, CAST(proven_until - day_shift AS DATE) - 1) AS TIMESTAMP),
                INTERVAL 1 DAY
            )) AS day
        FROM covered_period
    ) AS covered
    WHERE (account, CAST(day AS DATE)) NOT IN (SELECT account, charge_date FROM owned_day)
        AND (account, CAST(day AS DATE)) NOT IN (SELECT account, charge_date FROM late_day)
),

-- What late evidence says of closed months; of keys only where they are asked about.
scoped_late AS (
    SELECT * FROM late_adjustment
    WHERE (CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE))
        AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
        AND (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
        AND (CAST($currency AS VARCHAR) IS NULL OR currency = CAST($currency AS VARCHAR))
        AND (CAST($models AS VARCHAR[]) IS NULL OR model IN (SELECT name FROM unnest(CAST($models AS VARCHAR[])) AS asked(name)))
        AND (CAST($keys AS VARCHAR[]) IS NULL OR (account, api_key) IN (SELECT account, api_key FROM asked_credential))
),

-- What was paid for a meter on each day: prices and their tiers are the vendor's, whichever keys are asked about.
day_price AS (
    SELECT DISTINCT model, meter, currency, unit_price, charge_date
    FROM usage_line
    WHERE unit_price IS NOT NULL
),

-- A price that was paid again within ten days was in force all along: a peak price rests at weekends and on holidays.
price_run AS (
    -- One order over all prices takes a third of the time of a window for each.
    SELECT *, count(*) FILTER (WHERE is_new) OVER in_order AS run
    FROM (
        SELECT
            *,
            coalesce(
                model <> lag(model) OVER in_order OR meter <> lag(meter) OVER in_order OR currency <> lag(currency) OVER in_order
                OR unit_price <> lag(unit_price) OVER in_order OR charge_date > lag(charge_date) OVER in_order + 10,
                TRUE
            ) AS is_new
        FROM day_price
        WINDOW in_order AS (ORDER BY model, meter, currency, unit_price, charge_date)
    ) AS begun
    WINDOW in_order AS (ORDER BY model, meter, currency, unit_price, charge_date)
),

price_span AS (
    SELECT model, meter, currency, unit_price, min(charge_date) AS first_date, max(charge_date) AS last_date
    FROM price_run
    GROUP BY model, meter, currency, unit_price, run
),

-- Two prices in force at once are the tiers of a day. Where one ends on the day on which the other begins, the price changed.
price_tier AS (
    SELECT
        span.model, span.meter, span.currency, span.unit_price, span.first_date, span.last_date,
        CASE
            WHEN bool_or(other.unit_price < span.unit_price) THEN 'peak'
            WHEN bool_or(other.unit_price > span.unit_price) THEN 'off-peak'
            ELSE 'standard'
        END AS tier
    FROM price_span AS span
    LEFT JOIN price_span AS other
        ON other.model = span.model AND other.meter = span.meter AND other.currency = span.currency
        AND other.first_date <= span.last_date AND other.last_date >= span.first_date
        AND NOT (other.last_date = span.first_date AND other.first_date < span.first_date)
        AND NOT (span.last_date = other.first_date AND span.first_date < other.first_date)
    GROUP BY span.model, span.meter, span.currency, span.unit_price, span.first_date, span.last_date
),

tiered_price AS (
    SELECT
        charge_date, model, meter, currency, unit_price,
        price_tier.first_date, price_tier.last_date, price_tier.tier,
        price_tier.tier = 'peak' AS is_peak
    FROM day_price
    JOIN price_tier USING (model, meter, currency, unit_price)
    WHERE charge_date BETWEEN price_tier.first_date AND price_tier.last_date
),

-- The peak prices of each day, and of the off-peak prices in force with each the next one below it: what off-peak would have cost.
peak_price AS (
    SELECT peak.charge_date, peak.model, peak.meter, peak.currency, peak.unit_price, max(off_peak.unit_price) AS off_peak_price
    FROM tiered_price AS peak
    LEFT JOIN price_tier AS off_peak
        ON off_peak.model = peak.model AND off_peak.meter = peak.meter AND off_peak.currency = peak.currency
        AND off_peak.tier = 'off-peak' AND off_peak.unit_price < peak.unit_price
        AND peak.charge_date BETWEEN off_peak.first_date AND off_peak.last_date
        AND NOT (off_peak.last_date = peak.first_date AND off_peak.first_date < peak.first_date)
        AND NOT (peak.last_date = off_peak.first_date AND peak.first_date < off_peak.first_date)
    WHERE peak.is_peak
    GROUP BY peak.charge_date, peak.model, peak.meter, peak.currency, peak.unit_price
),

-- The prices of hits and misses of the cache in each bucket; where one of a tier gave way to another, the older one is the first.
cache_price AS (
    SELECT
        import_id, charge_start, model, currency, meter, unit_price, tier,
        row_number() OVER (one_tier ORDER BY first_date, unit_price) AS place,
        count(*) OVER one_tier AS price_count
    FROM (
        SELECT DISTINCT import_id, charge_date, charge_start, model, currency, meter, unit_price
        FROM usage_line
        WHERE meter IN ('input_cache_hit_tokens', 'input_cache_miss_tokens')
    ) AS line
    JOIN tiered_price USING (charge_date, model, meter, currency, unit_price)
    WINDOW one_tier AS (PARTITION BY import_id, charge_start, model, currency, meter, tier)
),

cache_pair AS (
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
),

-- Where a bucket lacks the misses of a tier, the price that was always paired with that of the hits tells.
usual_pair AS (
    SELECT model, currency, hit_price, min(miss_price) AS miss_price
    FROM cache_pair
    GROUP BY model, currency, hit_price
    HAVING min(miss_price) = max(miss_price)
),

-- What a trend of costs tells apart: the dearest keys or models of each currency, by rank. The rest has no rank.
cost_rank AS (
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
),

cost_series AS (
    SELECT * FROM cost_rank WHERE rank <= coalesce(CAST($top AS BIGINT), 7)
),

cost_series_credential AS (
    SELECT asked_credential.credential_id, cost_series.currency, cost_series.rank
    FROM cost_series
    JOIN asked_credential USING (account, api_key)
),

-- Its rows: months of keys are added up already; without keys the lines tell; of a total the rank is 0.
cost_step AS NOT MATERIALIZED (
    SELECT
        month_date AS bucket_date, NULL AS bucket_start, used.currency, rank, computed_cost, request_count,
        input_cache_hit_tokens + input_cache_miss_tokens + output_tokens AS total_tokens,
        is_reconciled, is_complete
    FROM scoped_part AS used
    LEFT JOIN cost_series_credential AS told ON told.credential_id = used.credential_id AND told.currency = used.currency
    WHERE CAST($by AS VARCHAR) = 'key' AND CAST($grain AS VARCHAR) = 'month'
    UNION ALL
    SELECT
        CASE CAST($grain AS VARCHAR)
            WHEN 'week' THEN CAST(date_trunc('week', charge_date) AS DATE)
            WHEN 'month' THEN CAST(date_trunc('month', charge_date) AS DATE)
            ELSE charge_date
        END AS bucket_date,
        CASE CAST($grain AS VARCHAR) WHEN 'hour' THEN charge_start END AS bucket_start,
        used.currency, rank, computed_cost,
        CASE meter WHEN 'request_count' THEN quantity ELSE 0 END AS request_count,
        CASE meter WHEN 'request_count' THEN 0 ELSE quantity END AS total_tokens,
        is_reconciled, is_complete
    FROM scoped_fact AS used
    LEFT JOIN cost_series_credential AS told ON told.credential_id = used.credential_id AND told.currency = used.currency
    WHERE CAST($by AS VARCHAR) = 'key' AND CAST($grain AS VARCHAR) <> 'month'
        AND (CAST($grain AS VARCHAR) <> 'hour' OR charge_end <= charge_start + INTERVAL 1 HOUR)
    UNION ALL
    SELECT
        CASE CAST($grain AS VARCHAR)
            WHEN 'week' THEN CAST(date_trunc('week', charge_date) AS DATE)
            WHEN 'month' THEN CAST(date_trunc('month', charge_date) AS DATE)
            ELSE charge_date
        END AS bucket_date,
        CASE CAST($grain AS VARCHAR) WHEN 'hour' THEN charge_start END AS bucket_start,
        used.currency, CASE CAST($by AS VARCHAR) WHEN 'total' THEN 0 ELSE rank END, computed_cost,
        CASE meter WHEN 'request_count' THEN quantity ELSE 0 END AS request_count,
        CASE meter WHEN 'request_count' THEN 0 ELSE quantity END AS total_tokens,
        is_reconciled, is_complete
    FROM scoped_line AS used
    LEFT JOIN cost_series AS told ON told.series = used.model AND told.currency = used.currency
    WHERE CAST($by AS VARCHAR) <> 'key'
        AND (CAST($grain AS VARCHAR) <> 'hour' OR charge_end <= charge_start + INTERVAL 1 HOUR)
),

-- The days that were over when exported.
complete_day AS (
    SELECT account, charge_date FROM evident_day WHERE is_complete
)
