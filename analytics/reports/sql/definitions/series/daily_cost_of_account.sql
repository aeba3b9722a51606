-- What each account cost on each complete day with use.
SELECT series, charge_date, sum(computed_cost)::DECIMAL(38, 18) AS computed_cost, bool_and(is_reconciled) AS is_reconciled
FROM selected_line
JOIN series_label USING (account, currency)
WHERE is_complete AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
GROUP BY series, currency, charge_date
