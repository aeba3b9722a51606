-- The days of the period that a sum must name.
SELECT * FROM compared_caveat_day WHERE NOT is_previous
