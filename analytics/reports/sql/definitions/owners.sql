-- What keyspend.toml decides of keys: who bears what they cost, and what may be spent. Like scope.sql, for any question.
WITH rule_bound AS (
    -- Between two days on which a rule begins or ends, an epoch, none of them changes.
    SELECT unnest(CAST($rule_bounds AS DATE[])) AS bound
),

rule_epoch_day AS (
    SELECT charge_date, count(bound) AS rule_epoch
    FROM (SELECT DISTINCT charge_date FROM usage_line)
    LEFT JOIN rule_bound ON bound <= charge_date
    GROUP BY charge_date
),

key_rule AS MATERIALIZED (
    SELECT
        account, api_key, number, start_date, end_date,
        (SELECT count(*) FROM rule_bound WHERE bound <= start_date) AS start_epoch,
        (SELECT count(*) FROM rule_bound WHERE bound <= coalesce(end_date, DATE '9999-12-31')) + CAST(end_date IS NULL AS INTEGER)
            AS end_epoch
    FROM (
        SELECT
            unnest(CAST($rule_accounts AS VARCHAR[])) AS account,
            unnest(CAST($rule_keys AS VARCHAR[])) AS api_key,
            unnest(CAST($rule_starts AS DATE[])) AS start_date,
            unnest(CAST($rule_ends AS DATE[])) AS end_date,
            unnest(CAST($rule_numbers AS INTEGER[])) AS number
    )
),

rule_part AS MATERIALIZED (
    SELECT
        unnest(CAST($part_numbers AS INTEGER[])) AS number,
        unnest(CAST($part_owners AS VARCHAR[])) AS owner,
        unnest(CAST($part_teams AS VARCHAR[])) AS team,
        unnest(CAST($part_projects AS VARCHAR[])) AS project,
        unnest(CAST($part_cost_centers AS VARCHAR[])) AS cost_center,
        unnest(CAST($part_shares AS DECIMAL(38, 18)[])) AS share
),

-- What each credential cost on each complete day of a year and some weeks, more than any forecast looks back: all of it, and what of it
-- is asked about.
recent_spend AS (
    SELECT
        fact.credential_id,
        currency,
        charge_date,
        sum(unit_price * fact.quantity)::DECIMAL(38, 18) AS cost,
        (sum(unit_price * fact.quantity) FILTER (
            WHERE (CAST($currency AS VARCHAR) IS NULL OR currency = CAST($currency AS VARCHAR))
            AND (CAST($models AS VARCHAR[]) IS NULL OR model IN (SELECT name FROM unnest(CAST($models AS VARCHAR[])) AS asked(name)))
        ))::DECIMAL(38, 18) AS asked_cost
    FROM fact
    JOIN usage_line USING (line_id)
    WHERE is_complete AND unit_price IS NOT NULL
        AND charge_date > (SELECT max(charge_date) - 400 FROM complete_day WHERE charge_date < coalesce(CAST($end AS DATE), 'infinity'))
        AND charge_date < coalesce(CAST($end AS DATE), 'infinity')
    GROUP BY fact.credential_id, currency, charge_date
),

-- What the keys of each rule cost on each of these days; without a number, what nobody owns.
ruled_day AS (
    SELECT
        named_credential.account,
        currency,
        charge_date,
        CAST(date_trunc('month', charge_date) AS DATE) AS month_date,
        key_rule.number,
        sum(cost)::DECIMAL(38, 18) AS whole_cost,
        (sum(asked_cost) FILTER (WHERE credential_id IN (SELECT credential_id FROM asked_credential)))::DECIMAL(38, 18) AS cost
    FROM recent_spend
    JOIN named_credential USING (credential_id)
    JOIN rule_epoch_day USING (charge_date)
    LEFT JOIN key_rule
        ON key_rule.account = named_credential.account AND key_rule.api_key = named_credential.api_key
        AND rule_epoch_day.rule_epoch >= key_rule.start_epoch AND rule_epoch_day.rule_epoch < key_rule.end_epoch
    GROUP BY named_credential.account, currency, charge_date, key_rule.number
),

sole_owner AS (
    SELECT number, min(owner) AS owner FROM rule_part GROUP BY number HAVING count(*) = 1
),

-- The part of each owner of a rule in a month, as a number: its share, or what its own keys cost; alike where they cost nothing.
part_month AS (
    SELECT
        * EXCLUDE (weight),
        CASE
            WHEN sum(weight) OVER one_rule > 0 THEN CAST(weight AS DOUBLE) / CAST(sum(weight) OVER one_rule AS DOUBLE)
            ELSE 1 / count(*) OVER one_rule
        END AS ratio
    FROM (
        SELECT told.*, rule_part.* EXCLUDE (number, share), coalesce(rule_part.share, own_cost, 0)::DECIMAL(38, 18) AS weight
        FROM (SELECT DISTINCT month_date, currency, number FROM ruled_day WHERE number IS NOT NULL) AS told
        JOIN rule_part USING (number)
        LEFT JOIN (
            SELECT month_date, currency, owner, sum(whole_cost)::DECIMAL(38, 18) AS own_cost
            FROM ruled_day
            JOIN sole_owner USING (number)
            GROUP BY month_date, currency, owner
        ) AS own USING (month_date, currency, owner)
    ) AS weighed
    WINDOW one_rule AS (PARTITION BY month_date, currency, number)
),

-- What each owner bears of each account on each complete day: good enough to see where it is going, and not exact where keys are shared.
borne_day AS (
    SELECT
        account, currency, charge_date, owner, team, project, cost_center,
        sum(CAST(ruled_day.whole_cost * coalesce(ratio, 1) AS DECIMAL(38, 18)))::DECIMAL(38, 18) AS whole_cost,
        sum(CAST(ruled_day.cost * coalesce(ratio, 1) AS DECIMAL(38, 18)))::DECIMAL(38, 18) AS cost
    FROM ruled_day
    LEFT JOIN part_month USING (month_date, currency, number)
    GROUP BY account, currency, charge_date, owner, team, project, cost_center
),

-- What the settings say may be spent, in the months and quarters that are looked at.
decided_budget AS (
    SELECT row_number() OVER () AS number, *
    FROM (
        SELECT
            unnest(CAST($budget_names AS VARCHAR[])) AS name,
            unnest(CAST($budget_kinds AS VARCHAR[])) AS kind,
            unnest(CAST($budget_subjects AS VARCHAR[])) AS subject,
            unnest(CAST($budget_accounts AS VARCHAR[])) AS account,
            unnest(CAST($budget_currencies AS VARCHAR[])) AS currency,
            unnest(CAST($budget_amounts AS DECIMAL(38, 18)[])) AS amount,
            unnest(CAST($budget_starts AS DATE[])) AS start_date,
            unnest(CAST($budget_ends AS DATE[])) AS end_date,
            unnest(CAST($budget_thresholds AS DECIMAL(18, 6)[][])) AS thresholds
    )
    WHERE CAST($currency AS VARCHAR) IS NULL OR currency = CAST($currency AS VARCHAR)
),

-- The credentials that each budget of accounts or of a key is about.
budget_credential AS (
    SELECT decided_budget.number, named_credential.credential_id, named_credential.account
    FROM decided_budget
    JOIN named_credential
        ON (decided_budget.account IS NULL OR decided_budget.account = named_credential.account)
        AND (
            decided_budget.kind = 'account'
            OR (
                decided_budget.kind = 'key'
                AND (
                    named_credential.api_key = decided_budget.subject
                    OR (
                        decided_budget.subject NOT IN (SELECT api_key FROM named_credential)
                        AND (named_credential.label = decided_budget.subject OR named_credential.api_key_name = decided_budget.subject)
                    )
                )
            )
        )
),

-- What each budget is charged by each account on each of those days: nearly, where keys are shared.
budget_day AS (
    SELECT decided_budget.number, budget_credential.account, decided_budget.currency, charge_date, sum(cost)::DECIMAL(38, 18) AS cost
    FROM recent_spend
    JOIN budget_credential USING (credential_id)
    JOIN decided_budget ON decided_budget.number = budget_credential.number AND decided_budget.currency = recent_spend.currency
    GROUP BY decided_budget.number, budget_credential.account, decided_budget.currency, charge_date
    UNION ALL
    SELECT decided_budget.number, borne_day.account, decided_budget.currency, charge_date, sum(whole_cost)::DECIMAL(38, 18)
    FROM decided_budget
    JOIN borne_day
        ON borne_day.currency = decided_budget.currency
        AND (decided_budget.account IS NULL OR decided_budget.account = borne_day.account)
        AND decided_budget.subject = CASE decided_budget.kind
            WHEN 'owner' THEN owner
            WHEN 'team' THEN team
            WHEN 'project' THEN project
            WHEN 'cost_center' THEN cost_center
        END
    GROUP BY decided_budget.number, borne_day.account, decided_budget.currency, charge_date
),

budget_label AS (
    SELECT row_number() OVER (ORDER BY number, account) - 1 AS series, number, account, NULL AS api_key, currency
    FROM (SELECT DISTINCT number, account, currency FROM budget_day) AS charged
),

budget_cost AS (
    SELECT
        CAST(series AS INTEGER) AS series,
        CAST(charge_date - DATE '0001-01-01' + 1 AS INTEGER) AS day_number,
        CAST(cost AS DOUBLE) AS cost
    FROM budget_day
    JOIN budget_label USING (number, account)
)
