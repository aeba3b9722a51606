-- The days on which a rule begins or ends. Between two of them, in an epoch, no rule changes.
SELECT bound FROM unnest(CAST($rule_bounds AS DATE[])) AS given(bound)
