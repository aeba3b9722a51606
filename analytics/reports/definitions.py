"""The definitions that reports share: named queries, each with the others that it reads, as in `sql/definitions/<topic>/<name>.sql`.

What they hold, by how their names begin:

- `selected_`: rows of the account, currency, keys and models of a scope, on any day; without one of these, of all.
- `scoped_`: selected rows of the period. The cost file names no keys: of a scope with keys nothing is billed.
- `period_`: all rows of the period, whatever is selected.
- `compared_`: selected rows of the period and of the like period before it.
- `given_`: rows that an earlier statement of the same report found, passed as a parameter.
"""

from __future__ import annotations

from typing import NamedTuple

INLINE, ONCE = "NOT MATERIALIZED", "MATERIALIZED"
"""Computed in each place that reads a definition, or once for all of them; without either the database decides."""


class Definition(NamedTuple):
    """A definition: the folder of its SQL, the definitions that it reads, and how it is computed.

    `x_of_key`, `x_of_account` and `x_of_owner` are `x` in a report whose series are keys, accounts or owners.
    """

    topic: str
    needs: tuple[str, ...] = ()
    computed: str = ""


DEFINITIONS = {
    "key_name": Definition("selection"),
    "selected_credential": Definition("selection", ("key_name",)),
    "selected_usage": Definition("selection", ("selected_credential",), INLINE),
    "scoped_usage": Definition("selection", ("selected_usage",), INLINE),
    "selected_line": Definition("selection", ("selected_usage",), INLINE),
    "scoped_line": Definition("selection", ("selected_line",), INLINE),
    "period_fact": Definition("selection", (), INLINE),
    "scoped_fact": Definition("selection", ("period_fact", "selected_credential"), INLINE),
    "selected_reconciliation": Definition("selection", (), INLINE),
    "scoped_reconciliation": Definition("selection", ("selected_reconciliation",), INLINE),
    "scoped_day": Definition("selection"),
    "scoped_late": Definition("selection", ("selected_credential",)),
    "evident_day": Definition("days"),
    "complete_day": Definition("days", ("evident_day",)),
    "absent_day": Definition("days", ("evident_day",)),
    "covered_account": Definition("days", ("evident_day",)),
    "compared_line": Definition("comparison", ("covered_account",)),
    "compared_month": Definition("comparison", ("compared_line",)),
    "compared_part": Definition("comparison", ("compared_month", "compared_line"), INLINE),
    "compared_total": Definition("comparison", ("selected_credential", "compared_part")),
    "scoped_part": Definition("comparison", ("compared_part", "selected_credential"), INLINE),
    "scoped_total": Definition("comparison", ("compared_total",), INLINE),
    "compared_caveat_day": Definition("comparison", ("selected_credential", "compared_line")),
    "scoped_caveat_day": Definition("comparison", ("compared_caveat_day",), INLINE),
    "comparable_account": Definition("comparison"),
    "compared_billing": Definition("comparison", ("covered_account",), INLINE),
    "scoped_billing": Definition("comparison", ("compared_billing",), INLINE),
    "day_price": Definition("prices"),
    "price_run": Definition("prices", ("day_price",)),
    "price_span": Definition("prices", ("price_run",)),
    "price_tier": Definition("prices", ("price_span",)),
    "tiered_price": Definition("prices", ("day_price", "price_tier")),
    "peak_price": Definition("prices", ("tiered_price", "price_tier")),
    "cache_price": Definition("prices", ("tiered_price",)),
    "cache_pair": Definition("prices", ("cache_price",)),
    "usual_pair": Definition("prices", ("cache_pair",)),
    "cost_rank": Definition("trends", ("scoped_total", "scoped_line")),
    "cost_series": Definition("trends", ("cost_rank",)),
    "cost_series_credential": Definition("trends", ("cost_series", "selected_credential")),
    "cost_step": Definition("trends", ("scoped_line", "cost_series", "scoped_part", "cost_series_credential", "scoped_fact"), INLINE),
    "rule_bound": Definition("owners"),
    "rule_epoch_day": Definition("owners", ("rule_bound",)),
    "key_rule": Definition("owners", ("rule_bound",), ONCE),
    "rule_part": Definition("owners", (), ONCE),
    "recent_spend": Definition("owners", ("complete_day",)),
    "rule_cost_day": Definition("owners", ("recent_spend", "rule_epoch_day", "key_rule", "selected_credential")),
    "sole_owner": Definition("owners", ("rule_part",)),
    "part_month": Definition("owners", ("rule_part", "rule_cost_day", "sole_owner")),
    "owner_cost_day": Definition("owners", ("rule_cost_day", "part_month")),
    "budget_period": Definition("budgets"),
    "budget_credential": Definition("budgets", ("budget_period", "key_name")),
    "budget_day": Definition("budgets", ("recent_spend", "budget_credential", "budget_period", "owner_cost_day")),
    "budget_label": Definition("budgets", ("budget_day",)),
    "budget_cost": Definition("budgets", ("budget_day", "budget_label")),
    "known_day": Definition("series", ("complete_day",)),
    "key_label": Definition("series", ("selected_credential",)),
    "owner_cost_series": Definition("series", ("owner_cost_day",)),
    "series_label_of_key": Definition("series", ("key_label",)),
    "series_label_of_account": Definition("series", ("selected_line",)),
    "series_label_of_owner": Definition("series", ("owner_cost_series",)),
    "complete_line": Definition("series", (), INLINE),
    "complete_fact": Definition("series", ("complete_line", "selected_credential"), INLINE),
    "daily_cost_of_key": Definition("series", ("selected_credential", "key_label", "complete_fact"), INLINE),
    "daily_cost_of_account": Definition("series", ("selected_line", "series_label"), INLINE),
    "daily_cost_of_owner": Definition("series", ("owner_cost_series",), INLINE),
    "recent_cost": Definition("series", ("daily_cost", "known_day")),
    "steady_price": Definition("alerts", ("day_price",)),
    "steady_model": Definition("alerts", ("steady_price",)),
    "peak_line": Definition("alerts", ("tiered_price",)),
    "given_peak_line": Definition("alerts"),
    "measured_line": Definition("alerts", ("complete_line", "steady_price", "steady_model", "given_peak_line")),
    "key_credential": Definition("alerts", ("selected_credential",)),
    "given_credential": Definition("alerts"),
    "daily_use": Definition("alerts", ("given_credential", "measured_line")),
    "earlier_use": Definition("alerts", ("given_credential", "complete_line")),
    "feedback_day": Definition("alerts", ("key_label", "known_day")),
    "hourly_line": Definition("alerts", (), INLINE),
    "hourly_use": Definition("alerts", ("given_credential", "complete_fact", "hourly_line", "steady_price")),
}
"""Each definition after those that it reads."""
