-- The reconciliation of the selected accounts, currencies and models in the period.
SELECT * FROM selected_reconciliation
WHERE (CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE))
    AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
