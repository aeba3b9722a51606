"""How the trends of a page are broken down: the step of time and what is told apart; both stand in the URL where they were chosen.

Without a choice the step follows the period, so that a chart has some thirty of them: hours where all of one or two days have
them, days up to a month, weeks up to half a year, else months. Only steps that a browser draws at once are offered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import streamlit as st

from analytics.dashboard.data import query_cache
from analytics.dashboard.data.url_state import View, len_of
from analytics.dashboard.i18n.translation import N_, _

GRAINS = {"hour": N_("Hourly"), "day": N_("Daily"), "week": N_("Weekly"), "month": N_("Monthly")}
PER = {"hour": N_("per hour"), "day": N_("per day"), "week": N_("per week"), "month": N_("per month")}
SERIES = {"key": N_("Keys"), "model": N_("Models"), "total": N_("All together")}
OF = {"key": N_("by key"), "model": N_("by model"), "total": N_("all together")}

LONGEST_BY_HOUR = 2
LONGEST_BY_DAY = 31
LONGEST_BY_WEEK = 180
MOST_STEPS = 100
_HOURS = {"hour": 1, "day": 24, "week": 7 * 24, "month": 28 * 24}
_HOURLY = "SELECT account, charge_date, is_hourly FROM owned_day ORDER BY ALL"


@dataclass(frozen=True)
class Breakdown:
    """The step of time (`hour`, `day`, `week` or `month`) and what is told apart (`key`, `model` or `total`)."""

    grain: str
    by: str

    @property
    def text(self) -> str:
        """As titles state it: per day, by key."""
        return ", ".join((_(PER[self.grain]), _(OF[self.by])))


def chosen(view: View, *, by: str | None = None) -> Breakdown:
    """What the URL asks for where the period allows it, else what the period suggests; `by` where a page tells one thing apart."""
    grain, series = st.query_params.get("grain"), by or st.query_params.get("by")
    return Breakdown(
        grain if grain in offered(view) else suggested(view),
        series if series in SERIES else "key",
    )


def suggested(view: View) -> str:
    """The step for a period that nobody chose one for."""
    days, told = len_of(view.period), hourly(view)
    if days <= LONGEST_BY_HOUR and told and all(told):
        return "hour"
    return "day" if days <= LONGEST_BY_DAY else "week" if days <= LONGEST_BY_WEEK else "month"


def offered(view: View) -> list[str]:
    """The steps that can be chosen, the finest first."""
    hours = len_of(view.period) * 24
    fit = [grain for grain, length in _HOURS.items() if length < hours <= length * MOST_STEPS and (grain != "hour" or any(hourly(view)))]
    return [grain for grain in _HOURS if grain in (*fit, suggested(view))]


def hourly(view: View) -> list[bool]:
    """For each day of the accounts of the view that has evidence, whether that tells hours."""
    accounts = view.payers if view.account is None else view.payers & {view.account}
    start, end = view.period.start or date.min, view.period.end or date.max
    return [told for account, day, told in query_cache.sql(_HOURLY).rows if account in accounts and start <= day < end]


def whole(first: date, grain: str, view: View) -> bool:
    """Whether a week or month that begins on `first` lies wholly within the period and the data."""
    if grain not in ("week", "month") or view.period.start is None or view.period.end is None:
        return True
    after = first + timedelta(days=7) if grain == "week" else (first + timedelta(days=31)).replace(day=1)
    return first >= view.period.start and after <= min(view.period.end, view.last_date + timedelta(days=1))
