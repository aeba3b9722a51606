-- The days, models and currencies whose bill and usage do not agree, by how much, and why, where that is known.
SELECT account, charge_date, model, currency, billed_cost, computed_cost, variance, reason, import_id
FROM scoped_reconciliation
WHERE status = 'unreconciled'
ORDER BY account, charge_date, model, currency;
