"""The one filter bar of all pages, and the switch of languages: widgets that change the URL, and nothing but the URL.

A widget's change is written to the URL, and every run sets the widgets from the URL; so a shared link, the back button and a
click all take the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import streamlit as st

from analytics.dashboard.filters import PRESETS, Choices, View, go, query
from analytics.dashboard.language import LANGUAGES, _, current
from analytics.dashboard.plain import clean, mask
from analytics.period import Period

OFFERED_KEYS = 200
"""How many keys the list offers, the dearest first; any other can be typed by its name or mask."""

_ASKED = "view-"
_DRAWN = "view drawn"


def draw(offered: Choices, seen: View) -> None:
    """Draw the filters. What has only one answer is not asked."""
    _remember_drawn()
    _period_choice(seen)
    if len(offered.currencies) > 1:
        _one_of("currency", _("Currency"), offered.currencies, seen.currency)
    if len(offered.accounts) > 1:
        every = _("All accounts")
        _one_of("account", _("Account"), ("", *offered.accounts), seen.account or "", lambda name: clean(name) if name else every)
    names = {key: name for (account, key), name in offered.keys[seen.currency].items() if seen.account in (None, account)}
    label = {key: f"{clean(name, 40)} · {mask(key)}" for key, name in names.items()}
    _some_of("key", _("API keys"), list(names)[:OFFERED_KEYS], lambda key: label.get(key, clean(key)), _("All keys"), typed=True)
    _some_of("model", _("Models"), seen.ranked_models, clean, _("All models"))


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
    words = {code: _(text) for code, text in PRESETS.items()}
    st.selectbox(_("Period"), list(words), format_func=words.__getitem__, key=_ASKED + "period", on_change=_chosen_period, args=(seen,))
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


def is_a_choice() -> bool:
    """Whether a widget's change is a person's: it then comes from the address that the widgets were drawn for, or the one before.

    A browser that goes back faster than pages are made sends the values of widgets that it has not drawn yet; those are no choice.
    """
    return query() in st.session_state.get(_DRAWN, [query()])


def _chosen(name: str, default: str | None = None) -> None:
    chosen = st.session_state[_ASKED + name]
    if is_a_choice():
        go(**{name: None if chosen == default else chosen})


def _chosen_period(seen: View) -> None:
    preset = st.session_state[_ASKED + "period"]
    if is_a_choice():
        go(**{"period": None, "from": None, "to": None, **_period_query(preset, seen.period)})


def _period_query(preset: str, period: Period) -> dict[str, str]:
    if preset == "custom":
        return {"from": str(period.start), "to": str(period.end)}
    return {"period": preset} if preset != "month" else {}


def _chosen_days() -> None:
    days = st.session_state[_ASKED + "days"]
    if len(days) == 2 and is_a_choice():
        go(**_period_query("custom", Period(days[0], days[1] + timedelta(days=1))), period=None)
