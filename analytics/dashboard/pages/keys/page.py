"""Keys: what each key cost, where the money sits, and, opened from a row or a link, one key."""

from dataclasses import replace
from typing import Any

import streamlit as st

from analytics.analysis import ranking as ranks
from analytics.dashboard.charts import base as charts
from analytics.dashboard.charts import heatmap_pareto as figures
from analytics.dashboard.components import layout as parts
from analytics.dashboard.data import chart_series as drawing
from analytics.dashboard.data import query_cache as answers
from analytics.dashboard.data import time_steps as steps
from analytics.dashboard.data.url_state import View
from analytics.dashboard.i18n.translation import _
from analytics.dashboard.pages.keys import key_detail as one_key
from analytics.dashboard.pages.keys import leaderboard
from analytics.reports.report import Report

TOP_KEYS = 12


def main(view: View) -> None:
    """Show the page."""
    if key := leaderboard.opened():
        one_key.show(view, key)
        return
    answers.ahead(("spend-trend", _warmth(view)))
    report = leaderboard.whole(view.scope)
    parts.heading(_("Keys"), view, report)
    if not report.frame.rows:
        parts.no_rows()
        return
    parts.notes(report)
    leaderboard.show(view, report)
    look = parts.look(view)
    with st.grid(min_column_width=340, key="money"):
        pareto(view, look, report)
        heat(view, look)


def pareto(view: View, look: charts.Look, whole: Report) -> None:
    """How few keys make most of the spend."""
    # The same rows as `--top` gives, without asking again.
    report = replace(whole, frame=ranks.page(whole.frame, 1, TOP_KEYS))
    key_count, holders = len(whole.frame.rows), ranks.holders(whole.frame, figures.GOAL)
    bars = drawing.bars(report.frame, view, look)
    figure = figures.pareto(bars, report.frame.values("cumulative_cost_ratio"), look, rows=min(TOP_KEYS + 1, key_count))
    title = (
        _("{ratio} of the spend comes from {holders} of {count} keys", holders=holders, count=key_count, ratio=f"{figures.GOAL:.0%}")
        if holders
        else _("Where the money sits")
    )
    alt = _("Bars: spend by key, with the share of all so far. Largest: {name} with {amount}.", name=bars[0].name, amount=bars[0].exact)
    parts.chart(figure, report, title=title, unit=view.unit, alt=alt, key="pareto")


def _warmth(view: View) -> dict[str, Any]:
    """What the heat map asks about."""
    return view.scope | {"grain": steps.finest(view), "by": "key", "top": TOP_KEYS}


def heat(view: View, look: charts.Look) -> None:
    """Which key cost how much when."""
    grain = steps.finest(view)
    report = answers.answer("spend-trend", **_warmth(view))
    frame = steps.local(report.frame, view) if grain == "hour" else report.frame
    lanes = drawing.stacks(frame, view, look)
    figure = figures.heat(lanes, steps.every(view.period, grain), look, hour=grain == "hour")
    title = {
        "hour": _("Spend per hour by key"),
        "day": _("Spend per day by key"),
        "week": _("Spend per week by key"),
        "month": _("Spend per month by key"),
    }[grain]
    alt = _("Heat map: {title}. Largest: {name}.", title=title, name=lanes[0].name)
    parts.chart(figure, report, title=title, unit=steps.unit(view, grain), alt=alt, key="heat")


main(st.session_state["view"])
