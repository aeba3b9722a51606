-- What owners were charged, at the level of the breakdown, with the number of their series.
SELECT dense_rank() OVER (ORDER BY account, owner, team, project, cost_center, currency) - 1 AS series, *
FROM (
    SELECT account, owner, team, project, cost_center, currency, charge_date, sum(cost) AS cost
    FROM (
        SELECT
            account, currency, charge_date, cost,
            CASE WHEN CAST($by AS VARCHAR) = 'owner' THEN owner END AS owner,
            CASE WHEN CAST($by AS VARCHAR) IN ('owner', 'team') THEN team END AS team,
            CASE WHEN CAST($by AS VARCHAR) IN ('owner', 'project') THEN project END AS project,
            CASE WHEN CAST($by AS VARCHAR) IN ('owner', 'cost_center') THEN cost_center END AS cost_center
        FROM owner_cost_day
        WHERE CAST($by AS VARCHAR) IN ('owner', 'team', 'project', 'cost_center') AND cost > 0
    ) AS levelled
    GROUP BY account, owner, team, project, cost_center, currency, charge_date
) AS charged
