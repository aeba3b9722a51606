-- The budgets of the settings, each with the month or quarter that is reported.
SELECT row_number() OVER () AS number, *
FROM (
    SELECT
        item.name, item.kind, item.subject, item.account, item.currency, item.amount, item.start_date, item.end_date, item.thresholds
    FROM unnest(
        CAST($budgets AS STRUCT(
            name VARCHAR, kind VARCHAR, subject VARCHAR, account VARCHAR, currency VARCHAR, amount DECIMAL(38, 18),
            start_date DATE, end_date DATE, thresholds DECIMAL(18, 6)[]
        )[])
    ) AS given(item)
)
WHERE CAST($currency AS VARCHAR) IS NULL OR currency = CAST($currency AS VARCHAR)
