"""The series of trend charts, their unit, and the notes on incomplete steps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from analytics.core.frame import Frame
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
    frame: Frame, view: View, breakdown: TrendBreakdown, theme: Theme, *, value: str, text: chart_series.Formatter, with_rest: bool = True
) -> list[Series]:
    """Return the series of one column of a trend report, with or without the rest; steps without a value are left out."""
    drawn = chart_series.series(_rows_to_draw(frame, view, breakdown, value, with_rest=with_rest), view, theme, value=value, text=text)
    if breakdown.by == "total":
        return [replace(one, name=_("All together"), colour=PALETTES[theme.name][0]) for one in drawn]
    return drawn


def _rows_to_draw(frame: Frame, view: View, breakdown: TrendBreakdown, value: str, *, with_rest: bool) -> Frame:
    """Return the rows with a value, hours in local time; a week or month that the period cuts off counts as incomplete."""
    rows = [_with_local_time(row, view) for row in frame.records() if row[value] is not None and (with_rest or not row["is_other"])]
    rows_with_state = [
        row | {"is_complete": row["is_complete"] and is_whole_step(row["charge_date"], breakdown.grain, view)} for row in rows
    ]
    return Frame(frame.name, frame.columns, [tuple(row[name] for name in frame.names) for row in rows_with_state])


def _with_local_time(row: dict[str, Any], view: View) -> dict[str, Any]:
    start = row["charge_start"]
    return row if start is None else row | {"charge_date": start + utc_offset(view)}


def chart_theme(view: View, breakdown: TrendBreakdown) -> Theme:
    """Return the theme of figures by steps of time: months are written without a day, hours with a clock."""
    # The d3 formats of a month and of an hour on an axis.
    formats = {"month": _("%b %Y"), "hour": "%H:%M" if day_count(view.period) == 1 else _("%H:%M<br>%b %-d")}
    theme = layout.chart_theme(view)
    return replace(theme, day_format=formats.get(breakdown.grain, theme.day_format))


def unit(what: str, view: View, breakdown: TrendBreakdown) -> str:
    """Return the unit of a card: per day, by key · `what` · hours in UTC. `what` ends with the unit of the view."""
    hours = [_("hours in UTC")] if breakdown.grain == "hour" and len(view.offsets) > 1 else []
    return " · ".join([breakdown.text, what, *hours])


def remarks(report: Report, view: View, breakdown: TrendBreakdown) -> None:
    """Show the days that a trend leaves out, and what hatching and empty circles mean where it has any."""
    if report.dates_without_hours:
        days = markdown(days_text(report.dates_without_hours).replace(" to ", " – "), 600)
        layout.small_print(_("Left out, because their exports tell no hours: {days}", days=days))
    if not all(row["is_complete"] and is_whole_step(row["charge_date"], breakdown.grain, view) for row in report.frame.records()):
        layout.small_print(_("Hatched bars and empty circles are not whole: in progress when exported, or cut off by the period."))
