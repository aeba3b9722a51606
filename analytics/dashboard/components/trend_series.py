"""From a trend report to the series of its charts, and what must be said beside them; it draws nothing itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from analytics import Frame
from analytics.core.period import days_text
from analytics.dashboard.charts.base import Series
from analytics.dashboard.charts.theme import PALETTES, Theme
from analytics.dashboard.components import layout
from analytics.dashboard.data import chart_series
from analytics.dashboard.data.granularity import TrendBreakdown, is_whole_step
from analytics.dashboard.data.time_steps import utc_offset
from analytics.dashboard.data.url_state import View, day_count
from analytics.dashboard.i18n.safe_text import markdown
from analytics.dashboard.i18n.translation import _
from analytics.reports.report import Report

TOP_SERIES = 7


def series(
    frame: Frame, view: View, breakdown: TrendBreakdown, theme: Theme, *, value: str, text: chart_series.Text, rest: bool = True
) -> list[Series]:
    """The series of one column of a trend report, with or without the rest. Steps without a value, as a ratio of nothing, are left out."""
    told = chart_series.stacks(_drawn(frame, view, breakdown, value, rest=rest), view, theme, value=value, text=text)
    if breakdown.by == "total":
        return [replace(one, name=_("All together"), colour=PALETTES[theme.name][0]) for one in told]
    return told


def _drawn(frame: Frame, view: View, breakdown: TrendBreakdown, value: str, *, rest: bool) -> Frame:
    """The rows that have a value, at their local hour where they are hours; a week or month that is cut off is not complete."""
    rows = [_at(row, view) for row in frame.records() if row[value] is not None and (rest or not row["is_other"])]
    cut = [row | {"is_complete": row["is_complete"] and is_whole_step(row["charge_date"], breakdown.grain, view)} for row in rows]
    return Frame(frame.name, frame.columns, [tuple(row[name] for name in frame.names) for row in cut])


def _at(row: dict[str, Any], view: View) -> dict[str, Any]:
    start = row["charge_start"]
    return row if start is None else row | {"charge_date": start + utc_offset(view)}


def chart_theme(view: View, breakdown: TrendBreakdown) -> Theme:
    """Return the theme of figures by steps of time: months are written without a day, hours with a clock."""
    # The d3 formats of a month and of an hour on an axis.
    formats = {"month": _("%b %Y"), "hour": "%H:%M" if day_count(view.period) == 1 else _("%H:%M<br>%b %-d")}
    theme = layout.chart_theme(view)
    return replace(theme, day_format=formats.get(breakdown.grain, theme.day_format))


def unit(what: str, view: View, breakdown: TrendBreakdown) -> str:
    """What a card's numbers are in: per day, by key · tokens … · hours in UTC. `what` ends with the unit of the view."""
    hours = [_("hours in UTC")] if breakdown.grain == "hour" and len(view.offsets) > 1 else []
    return " · ".join([breakdown.text, what, *hours])


def remarks(report: Report, view: View, breakdown: TrendBreakdown) -> None:
    """What a reader must know of a trend: days that it leaves out, and what its hatching or empty circles mean."""
    if report.dates_without_hours:
        days = markdown(days_text(report.dates_without_hours).replace(" to ", " – "), 600)
        layout.small(_("Left out, because their exports tell no hours: {days}", days=days))
    if not all(row["is_complete"] and is_whole_step(row["charge_date"], breakdown.grain, view) for row in report.frame.records()):
        layout.small(_("Hatched bars and empty circles are not whole: in progress when exported, or cut off by the period."))
