-- Billed against computed, per account, day, model and currency, with the difference and, where known, its reason.
SELECT account, charge_date, model, currency, billed_cost, computed_cost, variance, status, reason, import_id
FROM scoped_reconciliation
ORDER BY account, charge_date, model, currency;
