-- The owner of each rule that names one alone.
SELECT number, min(owner) AS owner FROM rule_part GROUP BY number HAVING count(*) = 1
