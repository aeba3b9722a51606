-- The runs of a price. One that was paid again within ten days was in force all along: a peak price rests at weekends and on holidays.
-- One order over all prices takes a third of the time of a window for each.
SELECT *, count(*) FILTER (WHERE is_new) OVER in_order AS run
FROM (
    SELECT
        *,
        coalesce(
            model <> lag(model) OVER in_order OR meter <> lag(meter) OVER in_order OR currency <> lag(currency) OVER in_order
            OR unit_price <> lag(unit_price) OVER in_order OR charge_date > lag(charge_date) OVER in_order + 10,
            TRUE
        ) AS is_new
    FROM day_price
    WINDOW in_order AS (ORDER BY model, meter, currency, unit_price, charge_date)
) AS begun
WINDOW in_order AS (ORDER BY model, meter, currency, unit_price, charge_date)
