"""What is looked at, kept wholly in the URL so that a link shows the same: the choices there are, and the one that was made.

Pages take the `View` that app.py reads with `view()`; its `scope` is what `answers.answer` wants. The query is `period` (a preset,
or a month YYYY-MM) or `from` and `to` (exclusive, as the command has it), `account`, `currency`, any number of `key` (masks or
names) and `model`, `grain` and `by` (see `breakdown`), and `lang`. It draws nothing: `bar` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import streamlit as st

from analytics import UsageError
from analytics.core.period import Period
from analytics.core.period import day as parsed_day
from analytics.core.period import month as parsed_month
from analytics.dashboard.data import query_cache
from analytics.dashboard.i18n.safe_text import clean, markdown
from analytics.dashboard.i18n.translation import N_, _

PRESETS = {
    "month": N_("Latest complete month"),
    "so-far": N_("This month so far"),
    "7d": N_("Last 7 days"),
    "30d": N_("Last 30 days"),
    "90d": N_("Last 90 days"),
    "all": N_("All days"),
    "custom": N_("From … to …"),
}
"""Values of `period` in the URL, anchored to the newest day of the data and not to today. The first is meant where none is given."""

_QUERY = ("period", "from", "to", "account", "currency", "key", "model", "grain", "by", "lang")
OF_PAGES = ("find", "sort", "page", "open", "against", "off-peak", "hits", "as", "traffic", "of")
"""What a page asks besides the filters: it stays while filters change, and is left behind on the way to another page."""
_OFFSETS = "SELECT account, utc_offset, min(charge_date), max(charge_date) FROM owned_day GROUP BY ALL ORDER BY ALL"

Key = tuple[str, str]
"""An account and a mask: what a key is."""


@dataclass(frozen=True)
class Choices:
    """What the data of a generation offer."""

    first_date: date
    last_date: date
    latest_month: Period | None
    accounts: tuple[str, ...]
    names: dict[str, str]
    """The newest name of each mask."""
    keys: dict[str, dict[Key, int]]
    """Currency: key: its rank by cost of all time, the dearest first."""
    models: dict[str, dict[str, int]]
    """Currency: model: its rank by cost of all time."""
    payers: dict[str, frozenset[str]]
    """Currency: the accounts that ever paid in it."""
    offsets: tuple[tuple[str, str, date, date], ...]
    """Account, offset from UTC, and the first and last day that begins there."""

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currencies that were paid in."""
        return tuple(self.keys)


@dataclass(frozen=True)
class View:
    """What a page shows: one closed period, one currency, and all or some accounts, keys and models."""

    preset: str
    period: Period
    account: str | None
    currency: str
    keys: tuple[str, ...]
    models: tuple[str, ...]
    key_ranks: Mapping[Key, int]
    """All keys of the currency by their cost of all time: what colours go by, on every page."""
    model_ranks: Mapping[str, int]
    last_date: date
    """The newest day of all data."""
    offsets: tuple[str, ...]
    """The offsets from UTC of the days in it."""
    payers: frozenset[str]
    """The accounts that ever paid in the currency."""
    against: str | None = None
    """What it is compared with, as the command takes it; None is the like period before."""

    @property
    def unit(self) -> str:
        """What amounts are in and where days begin, as titles state it, in Markdown: CNY · days at UTC+08:00."""
        return " · ".join([markdown(_(self.currency)), *([self.clock] if self.clock else [])])

    @property
    def clock(self) -> str:
        """Where days begin: days at UTC+08:00."""
        days = [offset if offset.startswith("UTC") else f"UTC{offset}" for offset in self.offsets]
        return _("days at {offset}", offset=", ".join(days)) if days else ""

    @property
    def scope(self) -> dict[str, Any]:
        """The arguments that `answers.answer` takes for this view."""
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
        """The same for reports that compare."""
        return {**self.scope, "against": self.against}


def day_count(period: Period) -> int:
    """The number of days of a closed period."""
    return (period.end - period.start).days if period.start and period.end else 0


def choices() -> Choices | None:
    """What can be chosen in the newest generation; None where no use is known, because nothing was imported or all was undone."""
    newest = query_cache.generation()
    return _choices(newest) if newest else None


@st.cache_resource(max_entries=2, show_spinner=False)
def _choices(generation: str) -> Choices | None:  # noqa: ARG001 - the cache's key
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
        places = models.setdefault(row["currency"], {})
        places.setdefault(row["model"], len(places))
    return Choices(
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


def presets(offered: Choices) -> dict[str, Period]:
    """The period of every preset but `custom`."""
    end = offered.last_date + timedelta(days=1)
    so_far = Period(offered.last_date.replace(day=1), end)
    lasting = {f"{days}d": Period(max(end - timedelta(days=days), offered.first_date), end) for days in (7, 30, 90)}
    return {"month": offered.latest_month or so_far, "so-far": so_far, **lasting, "all": Period(offered.first_date, end)}


def view(offered: Choices) -> View:
    """What the URL asks for. Raises UsageError for a period or currency that is none; reports refuse other unknown names."""
    asked = st.query_params
    preset, period = _period(offered, asked.get("period"), asked.get("from"), asked.get("to"))
    currency = asked.get("currency") or offered.currencies[0]
    if currency not in offered.currencies:
        raise UsageError("currency-unknown", f"there is no currency {clean(currency, 12)}", f"known: {', '.join(offered.currencies)}")
    return View(
        preset=preset,
        period=period,
        account=asked.get("account"),
        currency=currency,
        keys=tuple(asked.get_all("key")),
        models=tuple(asked.get_all("model")),
        key_ranks=offered.keys[currency],
        model_ranks=offered.models[currency],
        last_date=offered.last_date,
        offsets=_offsets(offered, period, asked.get("account")),
        payers=offered.payers[currency],
    )


def _period(offered: Choices, named: str | None, start: str | None, end: str | None) -> tuple[str, Period]:
    known = presets(offered)
    if start or end:
        after = offered.last_date + timedelta(days=1)
        return "custom", Period(parsed_day(start) if start else offered.first_date, parsed_day(end) if end else after)
    if named is None or named in known:
        return named or "month", known[named or "month"]
    return "custom", parsed_month(named)


def _offsets(offered: Choices, period: Period, account: str | None) -> tuple[str, ...]:
    met = {
        offset
        for owner, offset, first, last in offered.offsets
        if account in (None, owner) and period.start and period.end and first < period.end and last >= period.start
    }
    return tuple(sorted(met))


def of_key(seen: View, key: Key) -> View:
    """The same view of one key alone."""
    account, api_key = key
    offered = choices()
    offsets = _offsets(offered, seen.period, account) if offered else seen.offsets
    return replace(seen, account=account, keys=(api_key,), offsets=offsets)


def query() -> dict[str, list[str]]:
    """The query of the URL, as far as it is ours."""
    return {name: st.query_params.get_all(name) for name in (*_QUERY, *OF_PAGES) if name in st.query_params}


def go(**changes: str | list[str] | None) -> None:
    """Change the URL in one step, which is one step back for the browser; None clears a part."""
    asked = {**query(), **changes}
    st.query_params.from_dict({name: value for name, value in asked.items() if value})
