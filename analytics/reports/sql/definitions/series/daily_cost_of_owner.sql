-- What each owner was charged on each recent day.
SELECT series, charge_date, cost AS computed_cost, TRUE AS is_reconciled FROM owner_cost_series
