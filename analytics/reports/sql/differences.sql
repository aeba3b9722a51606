SELECT account, charge_date, model, currency, billed_cost, computed_cost, variance, reason, import_id
FROM scoped_reconciliation
WHERE status = 'unreconciled'
ORDER BY account, charge_date, model, currency;
