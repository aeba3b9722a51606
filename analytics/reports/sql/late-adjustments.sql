SELECT
    scoped_late.account,
    strftime(scoped_late.charge_date, '%Y-%m') AS billing_period,
    scoped_late.section,
    scoped_late.charge_date,
    scoped_late.model,
    scoped_late.currency,
    scoped_late.api_key,
    labelled.api_key_name,
    scoped_late.closed_billed_cost,
    scoped_late.billed_cost,
    scoped_late.billed_cost - scoped_late.closed_billed_cost AS billed_change_cost,
    scoped_late.closed_computed_cost,
    scoped_late.computed_cost,
    scoped_late.computed_cost - scoped_late.closed_computed_cost AS computed_change_cost,
    'Correction' AS charge_class,
    scoped_late.import_id
FROM scoped_late
LEFT JOIN (SELECT DISTINCT account, api_key, label AS api_key_name FROM named_credential) AS labelled
    ON labelled.account = scoped_late.account AND labelled.api_key = scoped_late.api_key
ORDER BY
    scoped_late.account,
    scoped_late.charge_date,
    CASE scoped_late.section WHEN 'model' THEN 1 ELSE 2 END,
    scoped_late.model,
    scoped_late.currency,
    scoped_late.api_key;
