WITH covered AS (
    SELECT
        budget_period.number,
        complete_day.account,
        count(*)::BIGINT AS complete_days,
        max(complete_day.charge_date) AS last_date
    FROM budget_period
    JOIN complete_day
        ON complete_day.charge_date >= budget_period.start_date AND complete_day.charge_date < budget_period.end_date
        AND (budget_period.account IS NULL OR complete_day.account = budget_period.account)
        AND (CAST($end AS DATE) IS NULL OR complete_day.charge_date < CAST($end AS DATE))
    GROUP BY budget_period.number, complete_day.account
),

-- Accounts that are known less far keep the others from being taken for more than they are.
known AS (
    SELECT number, min(complete_days) AS complete_days, min(last_date) AS last_date
    FROM covered
    GROUP BY number
),

-- Of accounts and keys.
own AS (
    SELECT budget_period.number, charge_date, sum(cost)::DECIMAL(38, 18) AS cost
    FROM recent_spend
    JOIN budget_credential USING (credential_id)
    JOIN budget_period
        ON budget_period.number = budget_credential.number AND budget_period.currency = recent_spend.currency
        AND charge_date >= budget_period.start_date AND charge_date < budget_period.end_date
    GROUP BY budget_period.number, budget_period.currency, charge_date
),

-- Of owners: every part of every rule in every account, because a key may be shared by what others spend.
owner_cost AS (
    SELECT
        budget_period.number,
        recent_spend.charge_date,
        named_credential.account,
        named_credential.api_key,
        key_rule.number AS rule_number,
        rule_part.owner,
        rule_part.share,
        CASE budget_period.kind
            WHEN 'owner' THEN rule_part.owner
            WHEN 'team' THEN rule_part.team
            WHEN 'project' THEN rule_part.project
            ELSE rule_part.cost_center
        END AS level_owner,
        sum(recent_spend.cost)::DECIMAL(38, 18) AS cost
    FROM recent_spend
    JOIN named_credential USING (credential_id)
    JOIN budget_period
        ON budget_period.kind NOT IN ('account', 'key') AND budget_period.currency = recent_spend.currency
        AND recent_spend.charge_date >= budget_period.start_date AND recent_spend.charge_date < budget_period.end_date
    JOIN rule_epoch_day ON rule_epoch_day.charge_date = recent_spend.charge_date
    JOIN key_rule
        ON key_rule.account = named_credential.account AND key_rule.api_key = named_credential.api_key
        AND rule_epoch_day.rule_epoch >= key_rule.start_epoch AND rule_epoch_day.rule_epoch < key_rule.end_epoch
    JOIN rule_part ON rule_part.number = key_rule.number
    GROUP BY
        budget_period.number, budget_period.currency, recent_spend.charge_date, named_credential.account, named_credential.api_key,
        key_rule.number, rule_part.owner, rule_part.share, level_owner
),

-- What the accounts of a budget are expected to cost it on the other days of its period.
foreseen AS (
    SELECT budget_label.number, budget_label.account, outlook.weekday_costs, outlook.history_days
    FROM (
        SELECT item.series, item.weekday_costs, item.history_days
        FROM unnest(
            CAST($outlooks AS STRUCT(series INTEGER, weekday_costs DOUBLE[], history_days BIGINT)[])
        ) AS given(item)
    ) AS outlook
    JOIN budget_label USING (series)
    JOIN covered ON covered.number = budget_label.number AND covered.account = budget_label.account
),

expected AS (
    SELECT number, CAST(day AS DATE) AS charge_date, sum(CAST(weekday_costs[isodow(day)] AS DECIMAL(38, 18)))::DECIMAL(38, 18) AS expected_cost
    FROM foreseen
    JOIN budget_period USING (number),
        unnest(generate_series(CAST(start_date AS TIMESTAMP), CAST(end_date - 1 AS TIMESTAMP), INTERVAL 1 DAY)) AS period(day)
    WHERE (foreseen.account, CAST(day AS DATE)) NOT IN (
        SELECT account, charge_date FROM complete_day WHERE charge_date < coalesce(CAST($end AS DATE), 'infinity')
    )
    GROUP BY number, day
),

part AS (
    SELECT number, charge_date, cost FROM own
    UNION ALL BY NAME
    FROM owner_cost
    UNION ALL BY NAME
    FROM expected
)

SELECT
    budget_period.number AS budget_number,
    budget_period.name AS budget,
    budget_period.kind,
    budget_period.subject,
    budget_period.account AS budget_account,
    budget_period.currency,
    budget_period.amount AS budget_cost,
    budget_period.thresholds,
    budget_period.start_date,
    budget_period.end_date,
    known.complete_days,
    known.last_date,
    history.history_days,
    part.charge_date,
    part.account,
    part.api_key,
    part.rule_number,
    part.owner,
    part.share,
    part.level_owner,
    part.cost,
    part.expected_cost
FROM budget_period
LEFT JOIN known USING (number)
LEFT JOIN (SELECT number, min(history_days) AS history_days FROM foreseen GROUP BY number) AS history USING (number)
LEFT JOIN part USING (number)
ORDER BY budget_period.number, part.account, part.api_key, part.rule_number, part.charge_date, part.owner;
