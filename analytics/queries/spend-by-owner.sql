-- What each owner's keys cost, per account and currency, with what was shared out to it; what nobody owns stands by itself.
-- by: owner, team, project, cost_center
WITH used AS (
    SELECT
        credential_id,
        currency,
        rule_epoch,
        sum(computed_cost)::DECIMAL(38, 18) AS computed_cost,
        coalesce(sum(quantity) FILTER (WHERE meter = 'input_cache_hit_tokens'), 0)::BIGINT AS input_cache_hit_tokens,
        coalesce(sum(quantity) FILTER (WHERE meter = 'input_cache_miss_tokens'), 0)::BIGINT AS input_cache_miss_tokens,
        coalesce(sum(quantity) FILTER (WHERE meter = 'output_tokens'), 0)::BIGINT AS output_tokens,
        coalesce(sum(quantity) FILTER (WHERE meter = 'request_count'), 0)::BIGINT AS request_count
    FROM scoped_fact
    JOIN rule_epoch_day USING (charge_date)
    GROUP BY credential_id, currency, rule_epoch
),

owned AS (
    SELECT
        asked_credential.account,
        asked_credential.api_key,
        used.currency,
        key_rule.number AS rule_number,
        sum(used.computed_cost)::DECIMAL(38, 18) AS computed_cost,
        sum(used.input_cache_hit_tokens)::BIGINT AS input_cache_hit_tokens,
        sum(used.input_cache_miss_tokens)::BIGINT AS input_cache_miss_tokens,
        sum(used.output_tokens)::BIGINT AS output_tokens,
        sum(used.request_count)::BIGINT AS request_count
    FROM used
    JOIN asked_credential USING (credential_id)
    LEFT JOIN key_rule
        ON key_rule.account = asked_credential.account AND key_rule.api_key = asked_credential.api_key
        AND used.rule_epoch >= key_rule.start_epoch AND used.rule_epoch < key_rule.end_epoch
    GROUP BY asked_credential.account, asked_credential.api_key, used.currency, key_rule.number
)

SELECT
    owned.*,
    rule_part.owner,
    rule_part.team,
    rule_part.project,
    rule_part.cost_center,
    rule_part.share,
    CAST($by AS VARCHAR) AS by
FROM owned
LEFT JOIN rule_part ON rule_part.number = owned.rule_number
ORDER BY owned.currency, owned.account, owned.api_key, owned.rule_number, rule_part.owner;
