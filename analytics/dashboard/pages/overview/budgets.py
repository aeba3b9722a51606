"""The card of budgets: the used and the projected share of each, and the day on which it is crossed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analytics.analysis.budgets.status import CROSSED, UNKNOWN
from analytics.dashboard.charts.base import Bar
from analytics.dashboard.charts.budgets import WHOLE, budgets
from analytics.dashboard.charts.period_comparison import ComparedBar
from analytics.dashboard.charts.theme import Theme
from analytics.dashboard.components import chart_card, layout, tables
from analytics.dashboard.data import query_cache
from analytics.dashboard.i18n.safe_text import markdown, plotly
from analytics.dashboard.i18n.translation import _, current

if TYPE_CHECKING:
    from analytics.dashboard.data.url_state import View

MOST_BUDGETS = 10


def show(view: View, theme: Theme) -> None:
    """Show the budgets of the view's currency that are closest to being crossed; nothing where the settings have none of it."""
    if not query_cache.has_budgets():
        return
    report = query_cache.report("budgets", end=view.scope["end"], currency=view.currency)
    known = [row for row in report.frame.records() if row["status"] != UNKNOWN]
    rows = sorted(known, key=lambda row: -max(row["used_ratio"], row["projected_ratio"] or 0))[:MOST_BUDGETS]
    if not rows:
        return
    items = [_item(row, view, theme) for row in rows]
    unit = _("percent of each budget, computed on complete days · the upright line marks what is expected by its end")
    with layout.card(_("Budgets"), unit, key="budgets"):
        alt = _("Bars: share used of each budget. First: {name} with {amount}.", name=items[0].bar.name, amount=items[0].bar.exact)
        chart_card.plot(budgets(items, theme), alt=alt, key="budgets")
        for row in rows:
            if row["crossing_date"]:
                layout.small_print(f":material/warning: {_crossing_text(row)}")
        tables.rows_and_download(report, key="budgets")


def _item(row: dict[str, Any], view: View, theme: Theme) -> ComparedBar:
    language = current()
    amount = language.money(row["budget_cost"], view.currency)
    used_text = _("{share} of {amount}", share=language.percent(row["used_ratio"]), amount=amount)
    bar = Bar(plotly(row["budget"], 32), theme.colour(0, {0: 0}), WHOLE * row["used_cost"] / row["budget_cost"], used_text)
    if row["projected_cost"] is None:
        return ComparedBar(bar, None, "")
    expected_text = _("{share} of {amount}", share=language.percent(row["projected_ratio"]), amount=amount)
    return ComparedBar(bar, WHOLE * row["projected_cost"] / row["budget_cost"], _("expected: {amount}", amount=expected_text))


def _crossing_text(row: dict[str, Any]) -> str:
    values = {"name": markdown(row["budget"]), "day": current().day(row["crossing_date"])}
    if row["status"] == CROSSED:
        return _("{name} was crossed on {day}", **values)
    return _("{name} is expected to be crossed on {day}", **values)
