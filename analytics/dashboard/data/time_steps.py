"""The steps of time that a view is drawn in: its hours, days, weeks or months, each with a place even where nothing was used."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from analytics import Frame
from analytics.core.period import Period, next_month
from analytics.dashboard.data import granularity, query_cache
from analytics.dashboard.data.url_state import View, len_of
from analytics.dashboard.i18n.safe_text import markdown
from analytics.dashboard.i18n.translation import _

LONGEST_BY_HOUR = 31


def has_hours(view: View) -> bool:
    """Whether the evidence of a view tells hours, and there are few enough to draw."""
    if len_of(view.period) > LONGEST_BY_HOUR or not any(granularity.hourly(view)):
        return False
    return bool(query_cache.answer("spend-trend", **view.scope, grain="hour", by="total").frame.rows)


def natural(view: View) -> str:
    """The grain that a view is shown in where none is asked for: `hour` for a single day with hours."""
    return "hour" if len_of(view.period) == 1 and has_hours(view) else view.grain


def finest(view: View) -> str:
    """The grain for cells of a few pixels, which show a year of days."""
    grain = natural(view)
    return "day" if grain == "week" else grain


def every(period: Period, grain: str) -> list[date]:
    """Every step of a closed period: the first day of each week (Monday) and month, or the start of each hour."""
    start, end = period.start or date.min, period.end or date.min
    if grain == "hour":
        first = datetime.combine(start, time())
        return [first + timedelta(hours=hour) for hour in range(24 * (end - start).days)]
    step = {"day": start, "week": start - timedelta(days=start.weekday()), "month": start.replace(day=1)}[grain]
    found = []
    while step < end:
        found.append(step)
        step = next_month(step) if grain == "month" else step + timedelta(days=7 if grain == "week" else 1)
    return found


def local(frame: Frame, view: View) -> Frame:
    """The rows of a trend by the hour with `charge_date` as the start of the hour, on the clock that its days go by."""
    ahead, day, hour = shift(view), frame.names.index("charge_date"), frame.names.index("charge_start")
    rows = [(*row[:day], row[hour] + ahead, *row[day + 1 :]) if row[hour] else row for row in frame.rows]
    return replace(frame, rows=rows)


def shift(view: View) -> timedelta:
    """How far the clock of a view is ahead of UTC; nothing where its days go by several."""
    if len(view.offsets) != 1:
        return timedelta()
    offset = view.offsets[0]
    ahead = timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6]))
    return -ahead if offset.startswith("-") else ahead


def unit(view: View, grain: str, *, of: str = "") -> str:
    """What numbers are in, money of the view or what they are counts `of`, and where hours or days begin, in Markdown."""
    offset = view.offsets[0] if len(view.offsets) == 1 else "+00:00"
    clock = _("hours at {offset}", offset=f"UTC{offset}") if grain == "hour" else view.clock
    return " · ".join(part for part in (of or markdown(_(view.currency)), clock) if part)
