"""The view of a page, stored wholly in the URL so that a link shows the same: the options of the data, and what was chosen of them.

app.py reads the `View` with `view_from_url`; its `scope` has the arguments of reports. The query of the URL is `period` (a preset, or
a month YYYY-MM) or `from` and `to` (exclusive, as in the command), `account`, `currency`, any number of `key` (masks or names) and
`model`, `grain` and `by` (see `granularity`), and `lang`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import streamlit as st

from analytics.core.errors import UsageError
from analytics.core.messages import N_
from analytics.core.period import Period
from analytics.core.period import day as parsed_day
from analytics.core.period import month as parsed_month
from analytics.dashboard.data import query_cache
from analytics.dashboard.i18n.safe_text import clean, markdown
from analytics.dashboard.i18n.translation import _

PRESETS = {
    "month": N_("Latest complete month"),
    "so-far": N_("This month so far"),
    "7d": N_("Last 7 days"),
    "30d": N_("Last 30 days"),
    "90d": N_("Last 90 days"),
    "all": N_("All days"),
    "custom": N_("From … to …"),
}
"""Values of `period` in the URL, relative to the newest day of the data and not to today. The first is the default."""

FILTER_PARAMETERS = ("period", "from", "to", "account", "currency", "key", "model", "grain", "by", "lang")
PAGE_PARAMETERS = ("find", "sort", "page", "open", "against", "off-peak", "hits", "as", "traffic", "of")
"""Parameters of single pages: they stay while filters change, and are dropped on the way to another page."""
_OFFSETS = "SELECT account, utc_offset, min(charge_date), max(charge_date) FROM owned_day GROUP BY ALL ORDER BY ALL"

Key = tuple[str, str]
"""The identity of a key: an account and a mask."""


@dataclass(frozen=True)
class FilterOptions:
    """The options of filters in the data of a generation."""

    first_date: date
    last_date: date
    latest_month: Period | None
    accounts: tuple[str, ...]
    names: dict[str, str]
    """The newest name of each mask."""
    keys: dict[str, dict[Key, int]]
    """Currency: key: its rank by the cost of all days, the highest first."""
    models: dict[str, dict[str, int]]
    """Currency: model: its rank by the cost of all days."""
    payers: dict[str, frozenset[str]]
    """Currency: the accounts that ever paid in it."""
    offsets: tuple[tuple[str, str, date, date], ...]
    """Account, offset from UTC, and the first and last day that begins at this offset."""

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currencies of all usage."""
        return tuple(self.keys)


@dataclass(frozen=True)
class View:
    """The scope of a page: one closed period, one currency, one or all accounts, and all or some keys and models."""

    preset: str
    period: Period
    account: str | None
    currency: str
    keys: tuple[str, ...]
    models: tuple[str, ...]
    key_ranks: Mapping[Key, int]
    """All keys of the currency with their rank by the cost of all days, which decides their colour on every page."""
    model_ranks: Mapping[str, int]
    last_date: date
    """The newest day of all data."""
    offsets: tuple[str, ...]
    """The offsets from UTC of the days of the period."""
    payers: frozenset[str]
    """The accounts that ever paid in the currency."""
    against: str | None = None
    """The period to compare with, as the option `--against`; None is the like period before."""

    @property
    def unit(self) -> str:
        """The currency and where days begin, as titles state it, in Markdown: CNY · days at UTC+08:00."""
        return " · ".join([markdown(_(self.currency)), *([self.clock] if self.clock else [])])

    @property
    def clock(self) -> str:
        """Where days begin, as text: days at UTC+08:00; empty where no day has evidence."""
        days = [offset if offset.startswith("UTC") else f"UTC{offset}" for offset in self.offsets]
        return _("days at {offset}", offset=", ".join(days)) if days else ""

    @property
    def scope(self) -> dict[str, Any]:
        """The arguments of a report of this view."""
        return {
            "start": str(self.period.start),
            "end": str(self.period.end),
            "account": self.account,
            "currency": self.currency,
            "keys": self.keys,
            "models": self.models,
        }

    @property
    def compared(self) -> dict[str, Any]:
        """The arguments of a report that compares."""
        return {**self.scope, "against": self.against}


def day_count(period: Period) -> int:
    """Return the number of days of a closed period; 0 of an open one."""
    return (period.end - period.start).days if period.start and period.end else 0


def filter_options() -> FilterOptions | None:
    """Return the options in the newest generation; None without usage, because nothing was imported or all was undone."""
    newest = query_cache.generation()
    return _filter_options(newest) if newest else None


@st.cache_resource(max_entries=2, show_spinner=False)
def _filter_options(generation: str) -> FilterOptions | None:  # noqa: ARG001 - the cache's key
    ((first, last),) = query_cache.sql("SELECT min(charge_date), max(charge_date) FROM owned_day").rows
    by_key = list(query_cache.report("spend-by-key").frame.records())
    if not by_key:
        return None
    by_model = query_cache.report("spend-by-model").frame.records()
    keys: dict[str, dict[Key, int]] = {}
    for row in by_key:
        ranks = keys.setdefault(row["currency"], {})
        ranks[row["account"], row["api_key"]] = len(ranks)
    models: dict[str, dict[str, int]] = {}
    for row in by_model:
        ranks_of_models = models.setdefault(row["currency"], {})
        ranks_of_models.setdefault(row["model"], len(ranks_of_models))
    return FilterOptions(
        first_date=first,
        last_date=last,
        latest_month=_latest_month(),
        accounts=tuple(sorted({row["account"] for row in by_key})),
        names={row["api_key"]: row["api_key_name"] for row in by_key},
        keys=keys,
        models=models,
        payers={currency: frozenset(account for account, _key in ranks) for currency, ranks in keys.items()},
        offsets=tuple(query_cache.sql(_OFFSETS).rows),
    )


def _latest_month() -> Period | None:
    try:
        return query_cache.report("spend-by-month", month="latest").scope.period
    except UsageError:
        return None


def preset_periods(options: FilterOptions) -> dict[str, Period]:
    """Return the period of every preset but `custom`."""
    end = options.last_date + timedelta(days=1)
    so_far = Period(options.last_date.replace(day=1), end)
    last_days = {f"{days}d": Period(max(end - timedelta(days=days), options.first_date), end) for days in (7, 30, 90)}
    return {"month": options.latest_month or so_far, "so-far": so_far, **last_days, "all": Period(options.first_date, end)}


def view_from_url(options: FilterOptions) -> View:
    """Return the view of the URL. Raises UsageError for an invalid period or unknown currency; reports do for other unknown names."""
    parameters = st.query_params
    preset, period = _period(options, parameters.get("period"), parameters.get("from"), parameters.get("to"))
    currency = parameters.get("currency") or options.currencies[0]
    if currency not in options.currencies:
        raise UsageError("currency-unknown", f"there is no currency {clean(currency, 12)}", f"known: {', '.join(options.currencies)}")
    return View(
        preset=preset,
        period=period,
        account=parameters.get("account"),
        currency=currency,
        keys=tuple(parameters.get_all("key")),
        models=tuple(parameters.get_all("model")),
        key_ranks=options.keys[currency],
        model_ranks=options.models[currency],
        last_date=options.last_date,
        offsets=_offsets(options, period, parameters.get("account")),
        payers=options.payers[currency],
    )


def _period(options: FilterOptions, named: str | None, start: str | None, end: str | None) -> tuple[str, Period]:
    periods = preset_periods(options)
    if start or end:
        after = options.last_date + timedelta(days=1)
        return "custom", Period(parsed_day(start) if start else options.first_date, parsed_day(end) if end else after)
    if named is None or named in periods:
        return named or "month", periods[named or "month"]
    return "custom", parsed_month(named)


def _offsets(options: FilterOptions, period: Period, account: str | None) -> tuple[str, ...]:
    offsets = {
        offset
        for of_account, offset, first, last in options.offsets
        if account in (None, of_account) and period.start and period.end and first < period.end and last >= period.start
    }
    return tuple(sorted(offsets))


def of_key(view: View, key: Key) -> View:
    """Return the view of one key alone."""
    account, api_key = key
    options = filter_options()
    offsets = _offsets(options, view.period, account) if options else view.offsets
    return replace(view, account=account, keys=(api_key,), offsets=offsets)


def url_parameters() -> dict[str, list[str]]:
    """Return the parameters of the URL that belong to filters or pages."""
    return {name: st.query_params.get_all(name) for name in (*FILTER_PARAMETERS, *PAGE_PARAMETERS) if name in st.query_params}


def update_url(**changes: str | list[str] | None) -> None:
    """Change parameters of the URL in one step, which is one step back for the browser; None removes a parameter."""
    parameters = {**url_parameters(), **changes}
    st.query_params.from_dict({name: value for name, value in parameters.items() if value})


def set_current_view(view: View | None) -> None:
    """Set the view that the page of this run shows; None where the data have no usage."""
    st.session_state["view"] = view


def view_or_none() -> View | None:
    """Return the view that the page of this run shows; None where the data have no usage."""
    view: View | None = st.session_state["view"]
    return view


def current_view() -> View:
    """Return the view that the page of this run shows; of pages that run only where the data have usage."""
    view: View = st.session_state["view"]
    return view
