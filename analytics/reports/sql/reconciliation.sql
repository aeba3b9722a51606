SELECT account, charge_date, model, currency, billed_cost, computed_cost, variance, status, reason, import_id
FROM scoped_reconciliation
ORDER BY account, charge_date, model, currency;
