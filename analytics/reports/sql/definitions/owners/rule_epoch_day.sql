-- The epoch of rules of each day with use.
SELECT charge_date, count(bound) AS rule_epoch
FROM (SELECT DISTINCT charge_date FROM usage_line)
LEFT JOIN rule_bound ON bound <= charge_date
GROUP BY charge_date
