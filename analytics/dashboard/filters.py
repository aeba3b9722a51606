"""The one filter bar of all pages: what is looked at, kept wholly in the URL so that a link shows the same; it asks no report of a page.

The URL is the only state. A widget's change is written to the URL first, and every run sets the widgets from the URL; so a
shared link, the back button and a click all take the same way.
"""

from __future__ import annotations

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
"""Values of `period` in the URL, anchored to the newest day of the data, not to today."""

OFFERED_KEYS = 200
_ONE = ("account", "currency", "period", "from", "to", "lang")
_SEVERAL = ("key", "model")


@dataclass(frozen=True)
class Choices:
    """What the data of a generation offer, keys and currencies in the order of what they cost."""

    first_date: date
    last_date: date
    latest_month: Period | None
    accounts: tuple[str, ...]
    currencies: tuple[str, ...]
    models: tuple[str, ...]
    keys: dict[str, str]
    """Mask: name."""


@dataclass(frozen=True)
class View:
    """What a page shows: one period, one currency, and all or some accounts, keys and models."""

    preset: str
    period: Period
    account: str | None
    currency: str
    keys: tuple[str, ...]
    models: tuple[str, ...]

    @property
    def scope(self) -> dict[str, Any]:
        """The arguments that `Keyspend.answer` takes for this view."""
        return {
            "start": str(self.period.start),
            "end": str(self.period.end),
            "account": self.account,
            "currency": self.currency,
            "keys": self.keys,
            "models": self.models,
        }

    @property
    def everything(self) -> dict[str, Any]:
        """The scope of all days, accounts, keys and models in its currency: what colours are ranked by."""
        return {"currency": self.currency}


def choices() -> Choices:
    """What can be chosen in the newest generation."""
    ((first, last),) = answers.sql("SELECT min(charge_date), max(charge_date) FROM owned_day").rows
    keys = answers.answer("spend-by-key").frame
    models = answers.answer("spend-by-model").frame
    try:
        latest = answers.answer("spend-by-month", month="latest").scope.period
    except UsageError:
        latest = None
    by_cost = sorted(keys.records(), key=lambda row: -row["computed_cost"])
    return Choices(
        first_date=first,
        last_date=last,
        latest_month=latest,
        accounts=tuple(sorted(set(keys.values("account")))),
        currencies=tuple(dict.fromkeys(keys.values("currency"))),
        models=tuple(sorted(set(models.values("model")))),
        keys={row["api_key"]: row["api_key_name"] for row in by_cost},
    )


def presets(offered: Choices) -> dict[str, Period]:
    """The period of every preset."""
    end = offered.last_date + timedelta(days=1)
    first = offered.last_date.replace(day=1)
    lasting = {f"{days}d": Period(max(end - timedelta(days=days), offered.first_date), end) for days in (7, 30, 90)}
    month = offered.latest_month or Period(first, end)
    return {"month": month, "so-far": Period(first, end), **lasting, "all": Period(offered.first_date, end)}


def view(offered: Choices) -> View:
    """What the URL asks for. Raises UsageError for a period that is none; unknown names are refused by the reports."""
    asked = st.query_params
    preset, period = _period(offered, asked.get("period"), asked.get("from"), asked.get("to"))
    account = asked.get("account")
    currency = asked.get("currency") or offered.currencies[0]
    if currency not in offered.currencies:
        raise UsageError("currency-unknown", f"there is no currency {clean(currency)!r}", f"known: {', '.join(offered.currencies)}")
    return View(preset, period, account, currency, tuple(asked.get_all("key")), tuple(asked.get_all("model")))


def _period(offered: Choices, named: str | None, start: str | None, end: str | None) -> tuple[str, Period]:
    known = presets(offered)
    if start or end:
        return "custom", Period(
            parsed_day(start) if start else offered.first_date,
            parsed_day(end) if end else offered.last_date + timedelta(days=1),
        )
    if named is None or named in known:
        return named or "month", known[named or "month"]
    return "custom", parsed_month(named)


def link() -> dict[str, list[str]]:
    """The query of this view, for links to other pages."""
    return {name: st.query_params.get_all(name) for name in (*_ONE, *_SEVERAL) if name in st.query_params}


def bar(offered: Choices, seen: View) -> None:
    """Draw the filters; what is changed goes to the URL."""
    _period_choice(seen)
    if len(offered.currencies) > 1:
        _one("currency", _("Currency"), list(offered.currencies), seen.currency, offered.currencies[0])
    if len(offered.accounts) > 1:
        _state("account", seen.account or "")
        st.selectbox(
            _("Account"),
            ["", *offered.accounts],
            format_func=lambda name: clean(name) if name else _("All accounts"),
            key="_account",
            on_change=_choose,
            args=("account", ""),
        )
    _several("key", _("API keys"), _offered_keys(offered, seen), lambda key: key_label(offered, key), _("All keys"))
    _several("model", _("Models"), list(offered.models), clean, _("All models"))


def _period_choice(seen: View) -> None:
    _state("period", seen.preset)
    shown = list(PRESETS)
    st.selectbox(_("Period"), shown, format_func=lambda code: _(PRESETS[code]), key="_period", on_change=_choose_period, args=(seen,))
    if seen.preset == "custom" and seen.period.start and seen.period.end:
        _state("days", (seen.period.start, seen.period.end - timedelta(days=1)))
        st.date_input(_("First and last day"), key="_days", on_change=_choose_days, format="YYYY-MM-DD")


def key_label(offered: Choices, key: str) -> str:
    """A key as people tell it from others: its name and its folded mask. For widgets that show text literally."""
    return f"{clean(offered.keys[key], 40)} · {mask(key)}" if key in offered.keys else clean(key)


def _offered_keys(offered: Choices, seen: View) -> list[str]:
    return list(dict.fromkeys([*seen.keys, *list(offered.keys)[:OFFERED_KEYS]]))


def language_switch() -> None:
    """Let the visitor choose a language; the URL keeps it."""
    _state("lang", current().code)
    st.segmented_control(
        _("Language"),
        list(LANGUAGES),
        format_func=lambda code: LANGUAGES[code][0],
        key="_lang",
        on_change=_choose,
        args=("lang", None),
        required=True,
    )


def _one(name: str, label: str, options: list[str], value: str, default: str) -> None:
    _state(name, value)
    st.selectbox(label, options, key=f"_{name}", on_change=_choose, args=(name, default), format_func=clean)


def _several(name: str, label: str, options: list[str], show: Any, nothing: str) -> None:
    _state(name, st.query_params.get_all(name))
    options = list(dict.fromkeys([*options, *st.query_params.get_all(name)]))
    st.multiselect(
        label,
        options,
        format_func=show,
        key=f"_{name}",
        on_change=_choose,
        args=(name, []),
        placeholder=nothing,
        accept_new_options=name == "key",
    )


def _state(name: str, value: object) -> None:
    st.session_state[f"_{name}"] = value


def _choose(name: str, default: object) -> None:
    chosen = st.session_state[f"_{name}"]
    if chosen == default:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = chosen


def _choose_period(seen: View) -> None:
    chosen = st.session_state["_period"]
    for name in ("period", "from", "to"):
        st.query_params.pop(name, None)
    if chosen == "custom":
        st.query_params.update({"from": str(seen.period.start), "to": str(seen.period.end)})
    elif chosen != "month":
        st.query_params["period"] = chosen


def _choose_days() -> None:
    days = st.session_state["_days"]
    if len(days) == 2:
        st.query_params.update({"from": str(days[0]), "to": str(days[1] + timedelta(days=1))})
