-- The rows of the period with the number of their credential, by which many rows are grouped.
SELECT
    fact.line_id,
    fact.credential_id,
    usage_line.charge_date,
    usage_line.charge_start,
    usage_line.charge_end,
    usage_line.model,
    usage_line.meter,
    usage_line.unit_price,
    usage_line.currency,
    fact.quantity,
    CASE WHEN usage_line.unit_price IS NULL THEN 0 ELSE usage_line.unit_price * fact.quantity END AS computed_cost,
    usage_line.is_reconciled,
    usage_line.is_complete
FROM fact
JOIN usage_line ON usage_line.line_id = fact.line_id
WHERE (CAST($start AS DATE) IS NULL OR usage_line.charge_date >= CAST($start AS DATE))
    AND (CAST($end AS DATE) IS NULL OR usage_line.charge_date < CAST($end AS DATE))
    AND (usage_line.is_complete OR NOT CAST($only_complete AS BOOLEAN))
