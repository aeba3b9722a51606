"""Keys: what each key cost, where the money sits, and, opened from a row or a link, one key."""

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
    if key := leaderboard.opened():
        key_detail.show(view, key)
        return
    query_cache.prefetch(("spend-trend", _warmth(view)))
    report = leaderboard.whole(view.scope)
    layout.heading(_("Keys"), view, report)
    if not report.frame.rows:
        messages.no_rows()
        return
    messages.caveats(report)
    leaderboard.show(view, report)
    theme = layout.chart_theme(view)
    with st.grid(min_column_width=340, key="money"):
        pareto(view, theme, report)
        heat(view, theme)


def pareto(view: View, theme: Theme, whole: Report) -> None:
    """How few keys make most of the spend."""
    # The same rows as `--top` gives, without asking again.
    report = replace(whole, frame=ranking.page(whole.frame, 1, TOP_KEYS))
    key_count, holders = len(whole.frame.rows), ranking.holders(whole.frame, heatmap_pareto.GOAL)
    bars = chart_series.bars(report.frame, view, theme)
    figure = heatmap_pareto.pareto(bars, report.frame.values("cumulative_cost_ratio"), theme, rows=min(TOP_KEYS + 1, key_count))
    title = (
        _("{ratio} of the spend comes from {holders} of {count} keys", holders=holders, count=key_count, ratio=f"{heatmap_pareto.GOAL:.0%}")
        if holders
        else _("Where the money sits")
    )
    alt = _("Bars: spend by key, with the share of all so far. Largest: {name} with {amount}.", name=bars[0].name, amount=bars[0].exact)
    chart_card.chart(figure, report, title=title, unit=view.unit, alt=alt, key="pareto")


def _warmth(view: View) -> dict[str, Any]:
    """What the heat map asks about."""
    return view.scope | {"grain": granularity.cell_grain(view), "by": "key", "top": TOP_KEYS}


def heat(view: View, theme: Theme) -> None:
    """Which key cost how much when."""
    grain = granularity.cell_grain(view)
    report = query_cache.report("spend-trend", **_warmth(view))
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
