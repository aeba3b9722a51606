-- What was spent of each budget on complete days, what it comes to at that pace, and when it is crossed.
WITH covered AS (
    SELECT
        decided_budget.number,
        complete_day.account,
        count(*)::BIGINT AS complete_days,
        max(complete_day.charge_date) AS last_date
    FROM decided_budget
    JOIN complete_day
        ON complete_day.charge_date >= decided_budget.start_date AND complete_day.charge_date < decided_budget.end_date
        AND (decided_budget.account IS NULL OR complete_day.account = decided_budget.account)
        AND (CAST($end AS DATE) IS NULL OR complete_day.charge_date < CAST($end AS DATE))
    GROUP BY decided_budget.number, complete_day.account
),

-- Accounts that are known less far keep the others from being taken for more than they are.
known AS (
    SELECT number, min(complete_days) AS complete_days, min(last_date) AS last_date
    FROM covered
    GROUP BY number
),

spent AS (
    SELECT fact.credential_id, usage_line.charge_date, usage_line.currency, sum(unit_price * fact.quantity)::DECIMAL(38, 18) AS cost
    FROM fact
    JOIN usage_line USING (line_id)
    WHERE usage_line.is_complete
        AND unit_price IS NOT NULL
        AND usage_line.charge_date >= (SELECT min(start_date) FROM decided_budget)
        AND usage_line.charge_date < (SELECT max(end_date) FROM decided_budget)
        AND (CAST($end AS DATE) IS NULL OR usage_line.charge_date < CAST($end AS DATE))
    GROUP BY fact.credential_id, usage_line.charge_date, usage_line.currency
),

named AS (
    SELECT DISTINCT spent.*, named_credential.account, named_credential.api_key, named_credential.label, named_credential.api_key_name
    FROM spent
    JOIN named_credential USING (credential_id)
),

-- Of accounts and keys.
own AS (
    SELECT decided_budget.number, named.charge_date, sum(named.cost)::DECIMAL(38, 18) AS cost
    FROM named
    JOIN decided_budget
        ON decided_budget.currency = named.currency
        AND named.charge_date >= decided_budget.start_date AND named.charge_date < decided_budget.end_date
        AND (decided_budget.account IS NULL OR decided_budget.account = named.account)
        AND (
            decided_budget.kind = 'account'
            OR (
                decided_budget.kind = 'key'
                AND (
                    named.api_key = decided_budget.subject
                    OR (
                        decided_budget.subject NOT IN (SELECT api_key FROM named_credential)
                        AND (named.label = decided_budget.subject OR named.api_key_name = decided_budget.subject)
                    )
                )
            )
        )
    GROUP BY decided_budget.number, decided_budget.currency, named.charge_date
),

-- Of owners: every part of every rule in every account, because a key may be shared by what others spend.
borne AS (
    SELECT
        decided_budget.number,
        named.charge_date,
        named.account,
        named.api_key,
        key_rule.number AS rule_number,
        rule_part.owner,
        rule_part.share,
        CASE decided_budget.kind
            WHEN 'owner' THEN rule_part.owner
            WHEN 'team' THEN rule_part.team
            WHEN 'project' THEN rule_part.project
            ELSE rule_part.cost_center
        END AS bearer,
        sum(named.cost)::DECIMAL(38, 18) AS cost
    FROM named
    JOIN decided_budget
        ON decided_budget.kind NOT IN ('account', 'key') AND decided_budget.currency = named.currency
        AND named.charge_date >= decided_budget.start_date AND named.charge_date < decided_budget.end_date
    JOIN rule_epoch_day ON rule_epoch_day.charge_date = named.charge_date
    JOIN key_rule
        ON key_rule.account = named.account AND key_rule.api_key = named.api_key
        AND rule_epoch_day.rule_epoch >= key_rule.start_epoch AND rule_epoch_day.rule_epoch < key_rule.end_epoch
    JOIN rule_part ON rule_part.number = key_rule.number
    GROUP BY
        decided_budget.number, named.currency, named.charge_date, named.account, named.api_key, key_rule.number, rule_part.owner,
        rule_part.share, bearer
),

part AS (
    SELECT number, charge_date, NULL AS account, NULL AS api_key, NULL AS rule_number, NULL AS owner, NULL AS share, NULL AS bearer, cost
    FROM own
    UNION ALL
    SELECT number, charge_date, account, api_key, rule_number, owner, share, bearer, cost
    FROM borne
)

SELECT
    decided_budget.number AS budget_number,
    decided_budget.name AS budget,
    decided_budget.kind,
    decided_budget.subject,
    decided_budget.account AS budget_account,
    decided_budget.currency,
    decided_budget.amount AS budget_cost,
    decided_budget.thresholds,
    decided_budget.start_date,
    decided_budget.end_date,
    known.complete_days,
    known.last_date,
    part.charge_date,
    part.account,
    part.api_key,
    part.rule_number,
    part.owner,
    part.share,
    part.bearer,
    part.cost
FROM decided_budget
LEFT JOIN known USING (number)
LEFT JOIN part USING (number)
ORDER BY decided_budget.number, part.account, part.api_key, part.rule_number, part.charge_date, part.owner;
