WITH rule_owner AS (
    -- The owners of each rule at the level of the breakdown; without an owner the number is 0.
    SELECT
        *,
        CASE
            WHEN coalesce(owner, team, project, cost_center) IS NULL THEN 0
            ELSE dense_rank() OVER (ORDER BY owner, team, project, cost_center)
        END AS owner_number,
        count(*) OVER (PARTITION BY number) AS part_count
    FROM (
        SELECT
            number,
            owner AS part_owner,
            share,
            CASE WHEN CAST($by AS VARCHAR) = 'owner' THEN owner END AS owner,
            CASE WHEN CAST($by AS VARCHAR) IN ('owner', 'team') THEN team END AS team,
            CASE WHEN CAST($by AS VARCHAR) IN ('owner', 'project') THEN project END AS project,
            CASE WHEN CAST($by AS VARCHAR) IN ('owner', 'cost_center') THEN cost_center END AS cost_center
        FROM rule_part
    )
),

-- Of the whole period, because parts by spend follow from all of it, whatever is selected.
used AS (
    SELECT
        credential_id,
        currency,
        rule_epoch,
        sum(computed_cost)::DECIMAL(38, 18) AS whole_cost,
        (sum(computed_cost) FILTER (WHERE is_selected))::DECIMAL(38, 18) AS computed_cost,
        coalesce(sum(quantity) FILTER (WHERE is_selected AND meter = 'input_cache_hit_tokens'), 0)::BIGINT AS input_cache_hit_tokens,
        coalesce(sum(quantity) FILTER (WHERE is_selected AND meter = 'input_cache_miss_tokens'), 0)::BIGINT AS input_cache_miss_tokens,
        coalesce(sum(quantity) FILTER (WHERE is_selected AND meter = 'output_tokens'), 0)::BIGINT AS output_tokens,
        coalesce(sum(quantity) FILTER (WHERE is_selected AND meter = 'request_count'), 0)::BIGINT AS request_count
    FROM (
        SELECT
            *,
            (CAST($currency AS VARCHAR) IS NULL OR currency = CAST($currency AS VARCHAR))
            AND (CAST($models AS VARCHAR[]) IS NULL OR model IN (SELECT name FROM unnest(CAST($models AS VARCHAR[])) AS selected(name)))
                AS is_selected
        FROM period_fact
    ) AS flagged
    JOIN rule_epoch_day USING (charge_date)
    GROUP BY credential_id, currency, rule_epoch
),

key_epoch AS (
    SELECT named_credential.credential_id, key_rule.number, key_rule.start_epoch, key_rule.end_epoch
    FROM key_rule
    JOIN named_credential ON named_credential.account = key_rule.account AND named_credential.api_key = key_rule.api_key
),

ruled AS (
    SELECT
        selected_credential.account,
        selected_credential.api_key,
        used.currency,
        key_epoch.number,
        sum(used.computed_cost)::DECIMAL(38, 18) AS computed_cost,
        sum(used.input_cache_hit_tokens)::BIGINT AS input_cache_hit_tokens,
        sum(used.input_cache_miss_tokens)::BIGINT AS input_cache_miss_tokens,
        sum(used.output_tokens)::BIGINT AS output_tokens,
        sum(used.request_count)::BIGINT AS request_count
    FROM used
    JOIN selected_credential USING (credential_id)
    LEFT JOIN key_epoch
        ON key_epoch.credential_id = used.credential_id AND used.rule_epoch >= key_epoch.start_epoch AND used.rule_epoch < key_epoch.end_epoch
    WHERE used.computed_cost IS NOT NULL
    GROUP BY selected_credential.account, selected_credential.api_key, used.currency, key_epoch.number
),

assigned AS (
    SELECT
        ruled.* EXCLUDE (number),
        coalesce(owner_number, 0) AS owner_number,
        CASE WHEN part_count > 1 THEN api_key END AS shared_key,
        CASE WHEN part_count > 1 THEN ruled.number END AS number,
        CASE WHEN part_count > 1 THEN part_owner END AS part_owner,
        CASE WHEN part_count > 1 THEN share END AS share
    FROM ruled
    LEFT JOIN rule_owner ON rule_owner.number = ruled.number
),

-- Keys of one owner are added up here; a shared key has a row per part, each with the whole cost.
part AS (
    SELECT
        account,
        currency,
        owner_number,
        shared_key,
        number,
        part_owner,
        share,
        sum(computed_cost)::DECIMAL(38, 18) AS computed_cost,
        sum(input_cache_hit_tokens)::BIGINT AS input_cache_hit_tokens,
        sum(input_cache_miss_tokens)::BIGINT AS input_cache_miss_tokens,
        sum(output_tokens)::BIGINT AS output_tokens,
        sum(request_count)::BIGINT AS request_count
    FROM assigned
    GROUP BY account, currency, owner_number, shared_key, number, part_owner, share
),

-- What the keys of one owner alone cost.
own AS (
    SELECT used.currency, rule_owner.part_owner, sum(used.whole_cost)::DECIMAL(38, 18) AS own_cost
    FROM used
    JOIN key_epoch ON key_epoch.credential_id = used.credential_id AND used.rule_epoch >= key_epoch.start_epoch AND used.rule_epoch < key_epoch.end_epoch
    JOIN rule_owner ON rule_owner.number = key_epoch.number
    WHERE rule_owner.part_count = 1
    GROUP BY used.currency, rule_owner.part_owner
),

counted AS (
    SELECT account, currency, owner_number, count(DISTINCT api_key) AS key_count
    FROM assigned
    GROUP BY account, currency, owner_number
),

caveat AS (
    SELECT
        scoped_caveat_day.account,
        scoped_caveat_day.currency,
        coalesce(rule_owner.owner_number, 0) AS owner_number,
        string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
            FILTER (WHERE NOT is_reconciled) AS unreconciled_dates,
        string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
            FILTER (WHERE NOT is_complete) AS partial_dates
    FROM scoped_caveat_day
    JOIN rule_epoch_day USING (charge_date)
    LEFT JOIN key_rule
        ON key_rule.account = scoped_caveat_day.account AND key_rule.api_key = scoped_caveat_day.api_key
        AND rule_epoch_day.rule_epoch >= key_rule.start_epoch AND rule_epoch_day.rule_epoch < key_rule.end_epoch
    LEFT JOIN rule_owner ON rule_owner.number = key_rule.number
    GROUP BY scoped_caveat_day.account, scoped_caveat_day.currency, coalesce(rule_owner.owner_number, 0)
),

owner_name AS (
    SELECT DISTINCT owner_number, owner, team, project, cost_center FROM rule_owner
)

SELECT
    part.*,
    own.own_cost,
    owner_name.owner,
    owner_name.team,
    owner_name.project,
    owner_name.cost_center,
    counted.key_count,
    caveat.unreconciled_dates,
    caveat.partial_dates
FROM part
LEFT JOIN own ON own.currency = part.currency AND own.part_owner = part.part_owner
LEFT JOIN owner_name ON owner_name.owner_number = part.owner_number
JOIN counted ON counted.account = part.account AND counted.currency = part.currency AND counted.owner_number = part.owner_number
LEFT JOIN caveat ON caveat.account = part.account AND caveat.currency = part.currency AND caveat.owner_number = part.owner_number
ORDER BY part.currency, part.account, part.shared_key NULLS FIRST, part.number, part.part_owner, part.owner_number;
