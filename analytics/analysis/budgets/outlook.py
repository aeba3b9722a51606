"""The outlook of a budget: its projected cost at the end of the period, by the forecast of its days or at the run rate."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from analytics.analysis.daily_series import Daily, grids
from analytics.analysis.forecasting.month_end import LEAST_DAYS, confidence
from analytics.analysis.forecasting.run_rate import remaining
from analytics.core.frame import records
from analytics.core.money import EXACT, SCALE, rounded
from analytics.core.period import Period


def parameters(figures: Daily, _period: Period, _by: str) -> dict[str, list[Any]]:
    """The query parameters of the outlook: per series the expected cost of each weekday from Monday on, and its count of known days."""
    from analytics.analysis.forecasting import model

    rows: list[tuple[int, list[float], int]] = []
    for numbers, first, grid in grids(figures, ["cost"]):
        outlook = model.outlook(grid["cost"], (first - 1) % 7)
        rows += zip(numbers, outlook.weekdays().tolist(), outlook.known.astype(int).tolist(), strict=True)
    return {"outlooks": records(("series", "weekday_costs", "history_days"), rows)}


class Outlook(NamedTuple):
    """The projection of a budget to the end of its period, in its currency; `crossing_date` is None where the budget lasts."""

    projected_cost: Decimal | None
    run_rate_cost: Decimal | None
    crossing_date: date | None
    confidence: str


def outlook(budget: Mapping[str, Any], used: Decimal, expected: Mapping[date, Decimal]) -> Outlook:
    """The outlook of a budget with `used` spent on its complete days and `expected` costs of its other days.

    Where all days are complete, the projection is what was used. Where the history is too short for a forecast, it is the run rate:
    the remaining days cost the average of the complete days. Estimated costs are rounded to cents.
    """
    days, of = budget["complete_days"] or 0, (budget["end_date"] - budget["start_date"]).days
    run_rate = EXACT.add(used, remaining(used, days, of)) if days else None
    is_foreseen = (budget["history_days"] or 0) >= LEAST_DAYS
    level = confidence(budget["history_days"] or 0, is_known=days == of, is_foreseen=is_foreseen)
    if not is_foreseen or days == of:
        return Outlook(run_rate, run_rate, _at_pace(budget, used), level)
    sums = _sums(expected)
    last = max(sums, default=None)
    projected = EXACT.add(used, sums[last]) if last else used
    return Outlook(projected, run_rate, _foreseen(budget, used, sums), level)


def _sums(expected: Mapping[date, Decimal]) -> dict[date, Decimal]:
    """The cumulated expected cost up to and including each day, rounded to cents."""
    total = Decimal(0)
    sums = {}
    for day in sorted(expected):
        total = EXACT.add(total, expected[day])
        sums[day] = rounded(total, 2)
    return sums


def _foreseen(budget: Mapping[str, Any], used: Decimal, sums: Mapping[date, Decimal]) -> date | None:
    """The first future day on which the cumulated cost is expected to exceed the budget, past days without data included; else None."""
    to_come = (day for day, cost in sums.items() if day > budget["last_date"] and EXACT.add(used, cost) > budget["budget_cost"])
    return next(to_come, None)


def _at_pace(budget: Mapping[str, Any], used: Decimal) -> date | None:
    """The day on which the budget is crossed at the run rate, or None where that is not within its period."""
    amount, last = budget["budget_cost"], budget["last_date"]
    if not used or last is None or used > amount:
        return None
    left, spent = (int(EXACT.scaleb(cost, SCALE)) for cost in (EXACT.subtract(amount, used), used))
    day: date = last + timedelta(days=left * budget["complete_days"] // spent + 1)
    return day if day < budget["end_date"] else None
