"""What the rest of a budget's period is expected to cost, by the forecast of its days or at the pace so far; it knows no status."""

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
    """What the question needs to know of the days to come: per series the cost of each weekday from Monday on, and its known days."""
    from analytics.analysis.forecasting import model

    found: list[tuple[int, list[float], int]] = []
    for numbers, first, grid in grids(figures, ["cost"]):
        outlook = model.outlook(grid["cost"], (first - 1) % 7)
        found += zip(numbers, outlook.weekdays().tolist(), outlook.known.astype(int).tolist(), strict=True)
    return {"outlooks": records(("series", "weekday_costs", "history_days"), found)}


class Outlook(NamedTuple):
    """What a budget comes to by the end of its period; `crossing_date` is None where it lasts."""

    projected_cost: Decimal | None
    run_rate_cost: Decimal | None
    crossing_date: date | None
    confidence: str


def outlook(budget: Mapping[str, Any], used: Decimal, expected: Mapping[date, Decimal]) -> Outlook:
    """Of a budget of which `used` was spent on its complete days, and which its other days are `expected` to cost.

    Where all its days are complete nothing is expected. Of a history that is too short for a forecast, the days go on as those of
    the period were on average. Estimated costs are rounded to cents.
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
    """What is expected up to each day, rounded to cents."""
    total = Decimal(0)
    found = {}
    for day in sorted(expected):
        total = EXACT.add(total, expected[day])
        found[day] = rounded(total, 2)
    return found


def _foreseen(budget: Mapping[str, Any], used: Decimal, sums: Mapping[date, Decimal]) -> date | None:
    """The first day to come by which more than the budget is expected to be used; days that are past and not known are used by then."""
    to_come = (day for day, cost in sums.items() if day > budget["last_date"] and EXACT.add(used, cost) > budget["budget_cost"])
    return next(to_come, None)


def _at_pace(budget: Mapping[str, Any], used: Decimal) -> date | None:
    """The day on which it is crossed at the pace so far, if it is one of its period."""
    amount, last = budget["budget_cost"], budget["last_date"]
    if not used or last is None or used > amount:
        return None
    left, spent = (int(EXACT.scaleb(cost, SCALE)) for cost in (EXACT.subtract(amount, used), used))
    day: date = last + timedelta(days=left * budget["complete_days"] // spent + 1)
    return day if day < budget["end_date"] else None
