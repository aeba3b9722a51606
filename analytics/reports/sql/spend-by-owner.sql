WITH bearing AS (
    -- Who bears the keys of a rule, at the level that is told apart; nobody is number 0.
    SELECT
        *,
        CASE
            WHEN coalesce(owner, team, project, cost_center) IS NULL THEN 0
            ELSE dense_rank() OVER (ORDER BY owner, team, project, cost_center)
        END AS bearer,
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

-- Of the whole period, because what is shared out by spend follows from all of it, whatever part is asked about.
used AS (
    SELECT
        credential_id,
        currency,
        rule_epoch,
        sum(computed_cost)::DECIMAL(38, 18) AS whole_cost,
        (sum(computed_cost) FILTER (WHERE is_asked))::DECIMAL(38, 18) AS computed_cost,
        coalesce(sum(quantity) FILTER (WHERE is_asked AND meter = 'input_cache_hit_tokens'), 0)::BIGINT AS input_cache_hit_tokens,
        coalesce(sum(quantity) FILTER (WHERE is_asked AND meter = 'input_cache_miss_tokens'), 0)::BIGINT AS input_cache_miss_tokens,
        coalesce(sum(quantity) FILTER (WHERE is_asked AND meter = 'output_tokens'), 0)::BIGINT AS output_tokens,
        coalesce(sum(quantity) FILTER (WHERE is_asked AND meter = 'request_count'), 0)::BIGINT AS request_count
    FROM (
        SELECT
            *,
            (CAST($currency AS VARCHAR) IS NULL OR currency = CAST($currency AS VARCHAR))
            AND (CAST($models AS VARCHAR[]) IS NULL OR model IN (SELECT name FROM unnest(CAST($models AS VARCHAR[])) AS asked(name)))
                AS is_asked
        FROM period_fact
    ) AS told
    JOIN rule_epoch_day USING (charge_date)
    GROUP BY credential_id, currency, rule_epoch
),

held AS (
    SELECT named_credential.credential_id, key_rule.number, key_rule.start_epoch, key_rule.end_epoch
    FROM key_rule
    JOIN named_credential ON named_credential.account = key_rule.account AND named_credential.api_key = key_rule.api_key
),

ruled AS (
    SELECT
        asked_credential.account,
        asked_credential.api_key,
        used.currency,
        held.number,
        sum(used.computed_cost)::DECIMAL(38, 18) AS computed_cost,
        sum(used.input_cache_hit_tokens)::BIGINT AS input_cache_hit_tokens,
        sum(used.input_cache_miss_tokens)::BIGINT AS input_cache_miss_tokens,
        sum(used.output_tokens)::BIGINT AS output_tokens,
        sum(used.request_count)::BIGINT AS request_count
    FROM used
    JOIN asked_credential USING (credential_id)
    LEFT JOIN held
        ON held.credential_id = used.credential_id AND used.rule_epoch >= held.start_epoch AND used.rule_epoch < held.end_epoch
    WHERE used.computed_cost IS NOT NULL
    GROUP BY asked_credential.account, asked_credential.api_key, used.currency, held.number
),

borne AS (
    SELECT
        ruled.* EXCLUDE (number),
        coalesce(bearer, 0) AS bearer,
        CASE WHEN part_count > 1 THEN api_key END AS shared_key,
        CASE WHEN part_count > 1 THEN ruled.number END AS number,
        CASE WHEN part_count > 1 THEN part_owner END AS part_owner,
        CASE WHEN part_count > 1 THEN share END AS share
    FROM ruled
    LEFT JOIN bearing ON bearing.number = ruled.number
),

-- What goes to one bearer whole is added up here; what is shared stays a row per key and part, each with the whole.
part AS (
    SELECT
        account,
        currency,
        bearer,
        shared_key,
        number,
        part_owner,
        share,
        sum(computed_cost)::DECIMAL(38, 18) AS computed_cost,
        sum(input_cache_hit_tokens)::BIGINT AS input_cache_hit_tokens,
        sum(input_cache_miss_tokens)::BIGINT AS input_cache_miss_tokens,
        sum(output_tokens)::BIGINT AS output_tokens,
        sum(request_count)::BIGINT AS request_count
    FROM borne
    GROUP BY account, currency, bearer, shared_key, number, part_owner, share
),

-- What the keys of one owner alone cost.
own AS (
    SELECT used.currency, bearing.part_owner, sum(used.whole_cost)::DECIMAL(38, 18) AS own_cost
    FROM used
    JOIN held ON held.credential_id = used.credential_id AND used.rule_epoch >= held.start_epoch AND used.rule_epoch < held.end_epoch
    JOIN bearing ON bearing.number = held.number
    WHERE bearing.part_count = 1
    GROUP BY used.currency, bearing.part_owner
),

counted AS (
    SELECT account, currency, bearer, count(DISTINCT api_key) AS key_count
    FROM borne
    GROUP BY account, currency, bearer
),

doubt AS (
    SELECT
        scoped_doubt.account,
        scoped_doubt.currency,
        coalesce(bearing.bearer, 0) AS bearer,
        string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
            FILTER (WHERE NOT is_reconciled) AS unreconciled_dates,
        string_agg(DISTINCT CAST(charge_date AS VARCHAR), ' ' ORDER BY CAST(charge_date AS VARCHAR))
            FILTER (WHERE NOT is_complete) AS partial_dates
    FROM scoped_doubt
    JOIN rule_epoch_day USING (charge_date)
    LEFT JOIN key_rule
        ON key_rule.account = scoped_doubt.account AND key_rule.api_key = scoped_doubt.api_key
        AND rule_epoch_day.rule_epoch >= key_rule.start_epoch AND rule_epoch_day.rule_epoch < key_rule.end_epoch
    LEFT JOIN bearing ON bearing.number = key_rule.number
    GROUP BY scoped_doubt.account, scoped_doubt.currency, coalesce(bearing.bearer, 0)
),

bearer_name AS (
    SELECT DISTINCT bearer, owner, team, project, cost_center FROM bearing
)

SELECT
    part.*,
    own.own_cost,
    bearer_name.owner,
    bearer_name.team,
    bearer_name.project,
    bearer_name.cost_center,
    counted.key_count,
    doubt.unreconciled_dates,
    doubt.partial_dates
FROM part
LEFT JOIN own ON own.currency = part.currency AND own.part_owner = part.part_owner
LEFT JOIN bearer_name ON bearer_name.bearer = part.bearer
JOIN counted ON counted.account = part.account AND counted.currency = part.currency AND counted.bearer = part.bearer
LEFT JOIN doubt ON doubt.account = part.account AND doubt.currency = part.currency AND doubt.bearer = part.bearer
ORDER BY part.currency, part.account, part.shared_key NULLS FIRST, part.number, part.part_owner, part.bearer;
