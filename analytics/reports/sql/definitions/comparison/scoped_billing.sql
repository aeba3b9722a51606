-- What was billed in the period.
SELECT * FROM compared_billing WHERE NOT is_previous
