"""The steps of time of a chart: hours, days, weeks or months, each with a place even where nothing was used."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from analytics.core.period import Period, next_month
from analytics.dashboard.i18n.safe_text import markdown
from analytics.dashboard.i18n.translation import _

if TYPE_CHECKING:
    from analytics.core.frame import Frame
    from analytics.dashboard.data.url_state import View


def all_steps(period: Period, grain: str) -> list[date]:
    """Return every step of a closed period: the first day of each week (Monday) and month, or the start of each hour."""
    start, end = period.start or date.min, period.end or date.min
    if grain == "hour":
        midnight = datetime.combine(start, time())
        return [midnight + timedelta(hours=hour) for hour in range(24 * (end - start).days)]
    step = {"day": start, "week": start - timedelta(days=start.weekday()), "month": start.replace(day=1)}[grain]
    steps = []
    while step < end:
        steps.append(step)
        step = next_month(step) if grain == "month" else step + timedelta(days=7 if grain == "week" else 1)
    return steps


def with_local_hours(frame: Frame, view: View) -> Frame:
    """Return the rows of an hourly trend with `charge_date` as the start of the hour on the clock of the view."""
    offset, day, hour = utc_offset(view), frame.names.index("charge_date"), frame.names.index("charge_start")
    rows = [(*row[:day], row[hour] + offset, *row[day + 1 :]) if row[hour] else row for row in frame.rows]
    return replace(frame, rows=rows)


def utc_offset(view: View) -> timedelta:
    """Return how far the clock of a view is ahead of UTC; nothing where it has several, so that all its hours are in UTC."""
    if len(view.offsets) != 1 or view.offsets[0] in ("UTC", ""):
        return timedelta()
    offset = view.offsets[0]
    ahead = timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6]))
    return -ahead if offset.startswith("-") else ahead


def unit(view: View, grain: str, *, of: str = "") -> str:
    """Return the unit of a chart in Markdown: the currency of the view, or `of` for counts, and where its hours or days begin."""
    offset = view.offsets[0] if len(view.offsets) == 1 else "+00:00"
    clock = _("hours at {offset}", offset=f"UTC{offset}") if grain == "hour" else view.clock
    return " · ".join(part for part in (of or markdown(_(view.currency)), clock) if part)
