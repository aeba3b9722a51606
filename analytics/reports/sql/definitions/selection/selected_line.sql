-- The selected lines: where no key is selected, those of the ledger, which hold the totals of all keys.
SELECT
    account, charge_date, charge_start, charge_end, model, meter,
    CAST(quantity AS BIGINT) AS quantity,
    unit_price,
    currency,
    CASE WHEN unit_price IS NULL THEN 0 ELSE unit_price * CAST(quantity AS BIGINT) END::DECIMAL(38, 18) AS computed_cost,
    is_reconciled,
    is_complete
FROM usage_line
WHERE CAST($keys AS VARCHAR[]) IS NULL
    AND (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
    AND (CAST($currency AS VARCHAR) IS NULL OR currency = CAST($currency AS VARCHAR))
    AND (CAST($models AS VARCHAR[]) IS NULL OR model IN (SELECT name FROM unnest(CAST($models AS VARCHAR[])) AS selected(name)))
UNION ALL
SELECT
    account, charge_date, charge_start, charge_end, model, meter, quantity, unit_price, currency, computed_cost,
    is_reconciled, is_complete
FROM selected_usage
WHERE CAST($keys AS VARCHAR[]) IS NOT NULL
