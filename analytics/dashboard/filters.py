"""The one filter bar of all pages: what is looked at, kept wholly in the URL so that a link shows the same.

The URL is the only state. A widget's change is written to the URL, and every run sets the widgets from the URL; so a shared
link, the back button and a click all take the same way. Pages take the `View` that app.py reads with `view()`; its `scope` is
what `answers.answer` wants. The query is `period` (a preset, or a month YYYY-MM) or `from` and `to` (exclusive, as the
command has it), `account`, `currency`, any number of `key` (masks or names) and `model`, and `lang`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import streamlit as st

from analytics import UsageError
from analytics.dashboard import answers
from analytics.dashboard.language import LANGUAGES, N_, _, current
from analytics.dashboard.plain import clean, mask
from analytics.period import Period
from analytics.period import day as parsed_day
from analytics.period import month as parsed_month

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

OFFERED_KEYS = 200
"""How many keys the list offers, the dearest first; any other can be typed by its name or mask."""

LONGEST_BY_DAY = 62
LONGEST_BY_WEEK = 400

_QUERY = ("period", "from", "to", "account", "currency", "key", "model", "lang")
_ASKED = "view-"
_DRAWN = "view drawn"
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
    keys: dict[str, dict[Key, str]]
    """Currency: key: name, the dearest of all time first."""
    models: dict[str, tuple[str, ...]]
    """Currency: models, the dearest of all time first."""
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
    ranked_keys: tuple[Key, ...]
    """All keys of the currency by their cost of all time: what colours go by, on every page."""
    ranked_models: tuple[str, ...]
    last_date: date
    """The newest day of all data."""
    offsets: tuple[str, ...]
    """The offsets from UTC of the days in it."""

    @property
    def unit(self) -> str:
        """What amounts are in and where days begin, as titles state it: CNY · days at UTC+08:00."""
        days = [offset if offset.startswith("UTC") else f"UTC{offset}" for offset in self.offsets]
        return " · ".join([_(self.currency), *([_("days at {offset}", offset=", ".join(days))] if days else [])])

    @property
    def grain(self) -> str:
        """The step that shows this period in some sixty bars at most: `day`, `week` or `month`."""
        days = len_of(self.period)
        return "day" if days <= LONGEST_BY_DAY else "week" if days <= LONGEST_BY_WEEK else "month"

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


def len_of(period: Period) -> int:
    """The number of days of a closed period."""
    return (period.end - period.start).days if period.start and period.end else 0


def choices() -> Choices:
    """What can be chosen in the newest generation."""
    ((first, last),) = answers.sql("SELECT min(charge_date), max(charge_date) FROM owned_day").rows
    keys: dict[str, dict[Key, str]] = {}
    for row in answers.answer("spend-by-key").frame.records():
        keys.setdefault(row["currency"], {})[row["account"], row["api_key"]] = row["api_key_name"]
    models: dict[str, dict[str, None]] = {}
    for row in answers.answer("spend-by-model").frame.records():
        models.setdefault(row["currency"], {})[row["model"]] = None
    return Choices(
        first_date=first,
        last_date=last,
        latest_month=_latest_month(),
        accounts=tuple(sorted({account for named in keys.values() for account, _key in named})),
        keys=keys,
        models={currency: tuple(named) for currency, named in models.items()},
        offsets=tuple(answers.sql(_OFFSETS).rows),
    )


def _latest_month() -> Period | None:
    try:
        return answers.answer("spend-by-month", month="latest").scope.period
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
        ranked_keys=tuple(offered.keys[currency]),
        ranked_models=offered.models[currency],
        last_date=offered.last_date,
        offsets=_offsets(offered, period, asked.get("account")),
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


def query() -> dict[str, list[str]]:
    """The query of the URL, as far as it is ours."""
    return {name: st.query_params.get_all(name) for name in _QUERY if name in st.query_params}


def go(**changes: str | list[str] | None) -> None:
    """Change the URL in one step, which is one step back for the browser; None clears a part."""
    asked = {**query(), **changes}
    st.query_params.from_dict({name: value for name, value in asked.items() if value})


def bar(offered: Choices, seen: View) -> None:
    """Draw the filters. What has only one answer is not asked."""
    _remember_drawn()
    _period_choice(seen)
    if len(offered.currencies) > 1:
        _one_of("currency", _("Currency"), offered.currencies, seen.currency)
    if len(offered.accounts) > 1:
        _one_of(
            "account", _("Account"), ("", *offered.accounts), seen.account or "", lambda name: clean(name) if name else _("All accounts")
        )
    names = {key: name for (account, key), name in offered.keys[seen.currency].items() if seen.account in (None, account)}
    label = {key: f"{clean(name, 40)} · {mask(key)}" for key, name in names.items()}
    _some_of("key", _("API keys"), list(names)[:OFFERED_KEYS], lambda key: label.get(key, clean(key)), _("All keys"), typed=True)
    _some_of("model", _("Models"), seen.ranked_models, clean, _("All models"))


def _account(name: str) -> str:
    return clean(name) if name else _("All accounts")


def language_switch() -> None:
    """Let the visitor choose a language."""
    st.session_state[_ASKED + "lang"] = current().code
    st.segmented_control(
        _("Language"),
        list(LANGUAGES),
        format_func=lambda code: LANGUAGES[code][0],
        key=_ASKED + "lang",
        on_change=_chosen,
        args=("lang",),
        required=True,
        label_visibility="collapsed",
    )


def _period_choice(seen: View) -> None:
    st.session_state[_ASKED + "period"] = seen.preset
    shown = list(PRESETS)
    st.selectbox(
        _("Period"), shown, format_func=lambda code: _(PRESETS[code]), key=_ASKED + "period", on_change=_chosen_period, args=(seen,)
    )
    if seen.preset == "custom" and seen.period.start and seen.period.end:
        st.session_state[_ASKED + "days"] = (seen.period.start, seen.period.end - timedelta(days=1))
        st.date_input(_("First and last day"), key=_ASKED + "days", on_change=_chosen_days, format="YYYY-MM-DD")


def _one_of(name: str, label: str, options: tuple[str, ...], value: str, show: Callable[[str], str] = clean) -> None:
    """A choice of one; the first option is what is meant without a choice. An unknown one from the URL is refused by the reports."""
    st.session_state[_ASKED + name] = value
    offered = list(dict.fromkeys([*options, value]))
    st.selectbox(label, offered, format_func=show, key=_ASKED + name, on_change=_chosen, args=(name, options[0]))


def _some_of(
    name: str, label: str, options: list[str] | tuple[str, ...], show: Callable[[str], str], nothing: str, *, typed: bool = False
) -> None:
    chosen = st.query_params.get_all(name)
    st.session_state[_ASKED + name] = chosen
    offered = list(dict.fromkeys([*options, *chosen]))
    st.multiselect(
        label,
        offered,
        format_func=show,
        key=_ASKED + name,
        on_change=_chosen,
        args=(name,),
        placeholder=nothing,
        accept_new_options=typed,
    )


def _remember_drawn() -> None:
    st.session_state[_DRAWN] = [query(), *st.session_state.get(_DRAWN, [])][:2]


def _is_a_choice() -> bool:
    """Whether a widget's change is a person's: it then comes from the address that the widgets were drawn for, or the one before.

    A browser that goes back faster than pages are made sends the values of widgets that it has not drawn yet; those are no choice.
    """
    return query() in st.session_state.get(_DRAWN, [query()])


def _chosen(name: str, default: str | None = None) -> None:
    chosen = st.session_state[_ASKED + name]
    if _is_a_choice():
        go(**{name: None if chosen == default else chosen})


def _chosen_period(seen: View) -> None:
    preset = st.session_state[_ASKED + "period"]
    if _is_a_choice():
        go(**{"period": None, "from": None, "to": None, **_period_query(preset, seen.period)})


def _period_query(preset: str, period: Period) -> dict[str, str]:
    if preset == "custom":
        return {"from": str(period.start), "to": str(period.end)}
    return {"period": preset} if preset != "month" else {}


def _chosen_days() -> None:
    days = st.session_state[_ASKED + "days"]
    if len(days) == 2 and _is_a_choice():
        go(**_period_query("custom", Period(days[0], days[1] + timedelta(days=1))), period=None)
