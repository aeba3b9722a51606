-- The owners of each rule, each with its share.
SELECT item.number, item.owner, item.team, item.project, item.cost_center, item.share
FROM unnest(
    CAST($rule_parts AS STRUCT(
        number INTEGER, owner VARCHAR, team VARCHAR, project VARCHAR, cost_center VARCHAR, share DECIMAL(38, 18)
    )[])
) AS given(item)
