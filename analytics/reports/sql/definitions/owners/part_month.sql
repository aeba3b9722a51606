-- The part of each owner of a rule in a month, as a ratio: its share, or what its own keys cost; equal parts where they cost
-- nothing.
SELECT
    * EXCLUDE (weight),
    CASE
        WHEN sum(weight) OVER one_rule > 0 THEN CAST(weight AS DOUBLE) / CAST(sum(weight) OVER one_rule AS DOUBLE)
        ELSE 1 / count(*) OVER one_rule
    END AS ratio
FROM (
    SELECT rule_month.*, rule_part.* EXCLUDE (number, share), coalesce(rule_part.share, own_cost, 0)::DECIMAL(38, 18) AS weight
    FROM (SELECT DISTINCT month_date, currency, number FROM rule_cost_day WHERE number IS NOT NULL) AS rule_month
    JOIN rule_part USING (number)
    LEFT JOIN (
        SELECT month_date, currency, owner, sum(whole_cost)::DECIMAL(38, 18) AS own_cost
        FROM rule_cost_day
        JOIN sole_owner USING (number)
        GROUP BY month_date, currency, owner
    ) AS own USING (month_date, currency, owner)
) AS weighed
WINDOW one_rule AS (PARTITION BY month_date, currency, number)
