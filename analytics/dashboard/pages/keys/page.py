"""The page Keys: what each key cost, how the spend is distributed, and one key in detail, opened from a row or a link."""

from dataclasses import replace
from typing import Any

import streamlit as st

from analytics.analysis import ranking
from analytics.dashboard.charts import heatmap_pareto
from analytics.dashboard.charts.theme import Theme
from analytics.dashboard.components import chart_card, layout, messages
from analytics.dashboard.data import chart_series, granularity, query_cache, time_steps, url_state
from analytics.dashboard.data.url_state import View
from analytics.dashboard.i18n.translation import _
from analytics.dashboard.pages.keys import key_detail, leaderboard
from analytics.reports.report import Report

TOP_KEYS = 12


def main(view: View) -> None:
    """Show the page."""
    if key := leaderboard.key_from_url():
        key_detail.show(view, key)
        return
    query_cache.prefetch(("spend-trend", _heat_scope(view)))
    report = leaderboard.full_report(view.scope)
    layout.heading(_("Keys"), view, report)
    if not report.frame.rows:
        messages.no_rows(report)
        return
    messages.caveats(report)
    leaderboard.show(view, report)
    theme = layout.chart_theme(view)
    with st.grid(min_column_width=340, key="money"):
        pareto_chart(view, theme, report)
        heat_map(view, theme)


def pareto_chart(view: View, theme: Theme, leaderboard_report: Report) -> None:
    """Show how few keys make most of the spend."""
    # The same rows as with `--top`, without running the report again.
    report = replace(leaderboard_report, frame=ranking.page(leaderboard_report.frame, 1, TOP_KEYS))
    key_count, holders = len(leaderboard_report.frame.rows), ranking.holders(leaderboard_report.frame, heatmap_pareto.GOAL)
    bars = chart_series.bars(report.frame, view, theme)
    figure = heatmap_pareto.pareto(bars, report.frame.values("cumulative_cost_ratio"), theme, rows=min(TOP_KEYS + 1, key_count))
    title = (
        _("{ratio} of the spend comes from {holders} of {count} keys", holders=holders, count=key_count, ratio=f"{heatmap_pareto.GOAL:.0%}")
        if holders
        else _("Where the money sits")
    )
    alt = _("Bars: spend by key, with the share of all so far. Largest: {name} with {amount}.", name=bars[0].name, amount=bars[0].exact)
    chart_card.chart(figure, report, title=title, unit=view.unit, alt=alt, key="pareto")


def _heat_scope(view: View) -> dict[str, Any]:
    """Return the scope of the heat map."""
    return view.scope | {"grain": granularity.cell_grain(view), "by": "key", "top": TOP_KEYS}


def heat_map(view: View, theme: Theme) -> None:
    """Show the cost of each key over time."""
    grain = granularity.cell_grain(view)
    report = query_cache.report("spend-trend", **_heat_scope(view))
    frame = time_steps.with_local_hours(report.frame, view) if grain == "hour" else report.frame
    lanes = chart_series.series(frame, view, theme)
    figure = heatmap_pareto.heat(lanes, time_steps.all_steps(view.period, grain), theme, hour=grain == "hour")
    title = {
        "hour": _("Spend per hour by key"),
        "day": _("Spend per day by key"),
        "week": _("Spend per week by key"),
        "month": _("Spend per month by key"),
    }[grain]
    alt = _("Heat map: {title}. Largest: {name}.", title=title, name=lanes[0].name)
    chart_card.chart(figure, report, title=title, unit=time_steps.unit(view, grain), alt=alt, key="heat")


main(url_state.current_view())
