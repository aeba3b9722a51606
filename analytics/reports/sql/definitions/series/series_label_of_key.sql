-- The series of keys, numbered.
SELECT *, NULL AS owner, NULL AS team, NULL AS project, NULL AS cost_center FROM key_label
