"""The step of time of charts and the series of trends, from the URL or as the default for the period of a view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import streamlit as st

from analytics.core.messages import N_
from analytics.dashboard.data import query_cache
from analytics.dashboard.data.url_state import View, day_count
from analytics.dashboard.i18n.translation import _

GRAINS = {"hour": N_("Hourly"), "day": N_("Daily"), "week": N_("Weekly"), "month": N_("Monthly")}
PER = {"hour": N_("per hour"), "day": N_("per day"), "week": N_("per week"), "month": N_("per month")}
SERIES = {"key": N_("Keys"), "model": N_("Models"), "total": N_("All together")}
OF = {"key": N_("by key"), "model": N_("by model"), "total": N_("all together")}


@dataclass(frozen=True)
class StepLimits:
    """The longest period in days that is shown by the hour, by the day and by the week; longer ones are shown by the month."""

    hour: int
    day: int
    week: int


CHARTS = StepLimits(hour=1, day=62, week=180)
"""For charts as wide as a card: some sixty steps."""
PANELS = StepLimits(hour=2, day=31, week=180)
"""For panels of several series: some thirty steps, two days of hours."""
MOST_STEPS = 100
"""The most steps of a chart: a browser takes too long to draw more."""
MOST_HOURLY_DAYS = 31
"""The longest period of one key that is shown by the hour."""
_HOURS = {"hour": 1, "day": 24, "week": 7 * 24, "month": 28 * 24}
_HOURLY = "SELECT account, charge_date, is_hourly FROM owned_day ORDER BY ALL"


@dataclass(frozen=True)
class TrendBreakdown:
    """The step of time (`hour`, `day`, `week` or `month`) and the series (`key`, `model` or `total`) of a page's trends."""

    grain: str
    by: str

    @property
    def text(self) -> str:
        """The breakdown as titles state it: per day, by key."""
        return ", ".join((_(PER[self.grain]), _(OF[self.by])))


def breakdown_from_url(view: View, *, by: str | None = None) -> TrendBreakdown:
    """Return the breakdown in the URL, with the default step where the period does not allow the one of the URL.

    `by` is the series of pages that offer no choice of it.
    """
    grain, series = st.query_params.get("grain"), by or st.query_params.get("by")
    return TrendBreakdown(
        grain if grain in grain_options(view) else panel_grain(view),
        series if series in SERIES else "key",
    )


def panel_grain(view: View) -> str:
    """Return the default step of panels: hours where all days of the view have them."""
    return _default_grain(view, PANELS, lambda: _has_only_hours(view))


def _has_only_hours(view: View) -> bool:
    days = hourly_days(view)
    return bool(days) and all(days)


def chart_grain(view: View) -> str:
    """Return the default step of a chart of money over time: `day`, `week` or `month`."""
    return _default_grain(view, CHARTS, lambda: False)


def key_grain(view: View) -> str:
    """Return the default step of charts of keys: as `chart_grain`, but `hour` for a single day with hours."""
    return _default_grain(view, CHARTS, lambda: has_hours(view))


def cell_grain(view: View) -> str:
    """Return the default step of a heat map, whose cells are a few pixels wide: as `key_grain`, but days in the place of weeks."""
    grain = key_grain(view)
    return "day" if grain == "week" else grain


def _default_grain(view: View, limits: StepLimits, has_hours: Callable[[], bool]) -> str:
    """Return the finest step whose limit the period of a view does not exceed."""
    days = day_count(view.period)
    if days <= limits.hour and has_hours():
        return "hour"
    return "day" if days <= limits.day else "week" if days <= limits.week else "month"


def grain_options(view: View) -> list[str]:
    """Return the steps that can be chosen for a view, the finest first."""
    hours = day_count(view.period) * 24
    fitting = [
        grain for grain, length in _HOURS.items() if length < hours <= length * MOST_STEPS and (grain != "hour" or any(hourly_days(view)))
    ]
    return [grain for grain in _HOURS if grain in (*fitting, panel_grain(view))]


def hourly_days(view: View) -> list[bool]:
    """Return, for each day with evidence of each account of a view, whether its export has hours."""
    accounts = view.payers if view.account is None else view.payers & {view.account}
    start, end = view.period.start or date.min, view.period.end or date.max
    return [is_hourly for account, day, is_hourly in query_cache.sql(_HOURLY).rows if account in accounts and start <= day < end]


def has_hours(view: View) -> bool:
    """Return whether a view has usage by the hour, and few enough days to draw it."""
    if day_count(view.period) > MOST_HOURLY_DAYS or not any(hourly_days(view)):
        return False
    return bool(query_cache.report("spend-trend", **view.scope, grain="hour", by="total").frame.rows)


def is_whole_step(first: date, grain: str, view: View) -> bool:
    """Return whether a week or month that begins on `first` lies wholly within the period and the data; hours and days always do."""
    if grain not in ("week", "month") or view.period.start is None or view.period.end is None:
        return True
    after = first + timedelta(days=7) if grain == "week" else (first + timedelta(days=31)).replace(day=1)
    return first >= view.period.start and after <= min(view.period.end, view.last_date + timedelta(days=1))
