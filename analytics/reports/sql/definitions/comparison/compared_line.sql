-- The lines of the period and of the one before; those of a month that lies whole in either are added up already.
SELECT
    line_id, model, currency, meter, unit_price, charge_date, month_date, is_reconciled, is_complete, is_previous,
    CASE
        WHEN is_previous
            THEN month_date >= CAST($previous_start AS DATE) AND next_month_date <= CAST($previous_end AS DATE)
        ELSE (CAST($start AS DATE) IS NULL OR month_date >= CAST($start AS DATE))
            AND (CAST($end AS DATE) IS NULL OR next_month_date <= CAST($end AS DATE))
    END AS is_in_whole_month
FROM (
    SELECT
        *,
        coalesce(charge_date < CAST($previous_end AS DATE), FALSE) AS is_previous,
        CAST(date_trunc('month', charge_date) AS DATE) AS month_date,
        CAST(date_trunc('month', charge_date) + INTERVAL 1 MONTH AS DATE) AS next_month_date
    FROM usage_line
    WHERE (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
        AND (CAST($currency AS VARCHAR) IS NULL OR currency = CAST($currency AS VARCHAR))
        AND (CAST($models AS VARCHAR[]) IS NULL OR model IN (SELECT name FROM unnest(CAST($models AS VARCHAR[])) AS selected(name)))
        AND (
            (
                (CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE))
                AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))
            )
            OR (
                charge_date >= CAST($previous_start AS DATE) AND charge_date < CAST($previous_end AS DATE)
                AND account IN (SELECT account FROM covered_account)
            )
        )
) AS dated
