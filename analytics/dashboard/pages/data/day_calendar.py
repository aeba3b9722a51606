"""The calendar of the known days of an account, and its text for screen readers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from analytics.core.period import next_month
from analytics.dashboard.charts.calendar import Day, calendar
from analytics.dashboard.components import layout, month_status
from analytics.dashboard.data.url_state import View
from analytics.dashboard.i18n.safe_text import markdown
from analytics.dashboard.i18n.translation import _, current

if TYPE_CHECKING:
    from analytics.core.frame import Frame
    from analytics.dashboard.charts.base import Figure


def state_labels() -> dict[str, str]:
    """Return the label of each state of a day."""
    return {
        "present": _("known and over"),
        "idle": _("known, nothing was used"),
        "partial": _("in progress when exported"),
        "absent": _("no export tells of it"),
        "overlap": _("shares hours with another day"),
    }


def figure(rows: list[dict[str, Any]], view: View) -> Figure:
    """Return the calendar of one account from its rows of the report `coverage`, with a frame around the days of the view."""
    days = [Day(row["charge_date"], state(row), _hover_text(row)) for row in rows]
    framed = (view.period.start, view.period.end) if view.period.start and view.period.end else None
    return calendar(days, _months(days), state_labels(), layout.chart_theme(view), framed)


def alt(rows: list[dict[str, Any]]) -> str:
    """Return the calendar as text for screen readers: the number of days in each state."""
    counts = {name: sum(state(row) == code for row in rows) for code, name in state_labels().items()}
    day_counts = ", ".join(f"{name}: {count}" for name, count in counts.items() if count)
    return _("Calendar of {account}: {days}", account=rows[0]["account"], days=day_counts)


def state(row: dict[str, Any]) -> str:
    """Return the state of a day; a known day without usage is `idle`."""
    return "idle" if row["status"] == "present" and not row["row_count"] else str(row["status"])


def _months(days: list[Day]) -> dict[date, str]:
    first, last = min(day.date for day in days).replace(day=1), max(day.date for day in days)
    months = {}
    while first <= last:
        months[first] = current().month(first)
        first = next_month(first)
    return months


def _hover_text(row: dict[str, Any]) -> str:
    parts = [current().day(row["charge_date"]), state_labels()[state(row)]]
    if row["row_count"]:
        parts.append(_("rows: {count}", count=current().number(row["row_count"])))
    if row["overlap_hours"]:
        parts.append(_("hours counted twice: {hours}", hours=f"{row['overlap_hours']:g}"))
    if row["gap_hours"]:
        parts.append(_("hours that no day covers, before it: {hours}", hours=f"{row['gap_hours']:g}"))
    if row["import_id"] is not None:
        parts.append(_("import {number}", number=row["import_id"]))
    return " · ".join(parts)


def restated_texts(frame: Frame) -> Iterator[str]:
    """Yield a sentence in Markdown for each day with different numbers in two exports."""
    for row in frame.records():
        money = current().exact_money
        yield markdown(
            _(
                "{account}: {day} was over at {before} in import {other}, and is {now} in import {number}, which owns it.",
                account=row["account"],
                day=row["charge_date"],
                before=money(row["other_computed_cost"], row["currency"]),
                other=row["other_import_id"],
                now=money(row["computed_cost"], row["currency"]),
                number=row["import_id"],
            ),
            month_status.LONGEST,
        )
