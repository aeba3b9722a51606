"""The forecast for the end of a month as a tile and as text, for a view or for single keys."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from analytics.core import period
from analytics.dashboard.components import layout
from analytics.dashboard.i18n.translation import _, current

if TYPE_CHECKING:
    from analytics.dashboard.data.url_state import View


def scope(view: View, by: str = "total", **narrower: Any) -> dict[str, Any]:
    """Return the scope of the forecast report: the month in which a view ends, from its first day, so that views share a result."""
    last = min(view.period.end - timedelta(days=1), view.last_date) if view.period.end else view.last_date
    return view.scope | {"start": str(last.replace(day=1)), "by": by} | narrower


def tile(view: View, row: dict[str, Any] | None) -> None:
    """Show the forecast with its interval; with too few days for one, the cost of the month at the same cost per day."""
    if row is None:
        layout.tile(_("Month end"), "–", help=_("No day of this month is complete yet."), below=_("no complete day yet"))
        return
    amount = row["run_rate_cost"] if row["forecast_cost"] is None else row["forecast_cost"]
    layout.tile(_("Month end"), current().compact_money(amount, view.currency), help=_explanation(view, row), below=_range_text(view, row))


def _range_text(view: View, row: dict[str, Any]) -> str:
    if not row["days_left"]:
        return _("the month is complete")
    if row["forecast_cost"] is None:
        return _("projected from {days} of {all} days", days=row["complete_days"], all=row["complete_days"] + row["days_left"])
    low, high = (current().compact_money(row[name], view.currency) for name in ("forecast_low", "forecast_high"))
    return (
        _("{low} to {high}, low confidence", low=low, high=high) if row["confidence"] == "low" else _("{low} to {high}", low=low, high=high)
    )


def _explanation(view: View, row: dict[str, Any]) -> str:
    """Return the basis of the tile: the known days, the run rate, and the error of past forecasts."""
    language = current()
    values = {
        "month": row["billing_period"],
        "spent": language.exact_money(row["month_to_date_cost"], view.currency),
        "days": row["complete_days"],
        "all": row["complete_days"] + row["days_left"],
        "rate": language.money(row["run_rate_cost"], view.currency),
        "error": language.percent(row["past_error_ratio"]),
    }
    if row["forecast_cost"] is None or not row["days_left"]:
        return _("Projected for {month}, computed: {spent} in {days} complete days of {all}, the rest at the same cost a day.", **values)
    return _(
        "Forecast for {month}, computed: {spent} in {days} complete days of {all}, the rest by level and weekday; four of five months end "
        "in the interval. At the same cost a day: {rate}. Past forecasts of as many days were off by {error}.",
        **values,
    )


def text(view: View, row: dict[str, Any]) -> str:
    """Return the forecast in a line."""
    language = current()
    amount = row["run_rate_cost"] if row["forecast_cost"] is None else row["forecast_cost"]
    month = language.period(period.month(row["billing_period"]))
    return _("{month} comes to {amount} ({range})", month=month, amount=language.money(amount, view.currency), range=_range_text(view, row))
