"""The one filter bar of all pages, and the switch of languages: widgets that change the URL, and nothing but the URL.

A widget's change is written to the URL, and every run sets the widgets from the URL; so a shared link, the back button and a
click all take the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import islice
from typing import Literal

import streamlit as st

from analytics.core.period import Period
from analytics.dashboard.data import granularity
from analytics.dashboard.data.granularity import TrendBreakdown
from analytics.dashboard.data.url_state import PRESETS, Choices, View, go, query
from analytics.dashboard.i18n.safe_text import clean, mask
from analytics.dashboard.i18n.translation import LANGUAGES, _, current

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
    dearest = islice((key for account, key in offered.keys[seen.currency] if seen.account in (None, account)), OFFERED_KEYS)
    _some_of("key", _("API keys"), tuple(dearest), lambda key: _told_apart(key, offered.names), _("All keys"), typed=True)
    _some_of("model", _("Models"), tuple(seen.model_ranks), clean, _("All models"))


def _told_apart(key: str, names: Mapping[str, str]) -> str:
    """A key by its name and its folded mask; what was typed, as it was typed."""
    return f"{clean(names[key], 40)} · {mask(key)}" if key in names else clean(key)


def language_switch() -> None:
    """Let the visitor choose a language."""
    segments(
        "lang", _("Language"), {code: name for code, (name, _locale) in LANGUAGES.items()}, current().code, label_visibility="collapsed"
    )


def segments(
    name: str,
    label: str,
    options: dict[str, str],
    value: str,
    *,
    default: str | None = None,
    label_visibility: Literal["visible", "collapsed"] = "visible",
) -> None:
    """A choice of one among few, told in the URL unless it is the `default`. Options are ours: value in the URL and what it is called."""
    st.session_state[_ASKED + name] = value
    st.segmented_control(
        label,
        list(options),
        format_func=options.__getitem__,
        key=_ASKED + name,
        on_change=_chosen,
        args=(name, default),
        required=True,
        label_visibility=label_visibility,
    )


def breakdown_choice(view: View, breakdown: TrendBreakdown, *, by: bool = True) -> None:
    """Show the choice of the step of time, where there are several, and of the series unless not `by`."""
    with st.container(horizontal=True, key="breakdown"):
        grains = granularity.grain_options(view)
        if len(grains) > 1:
            options = {name: _(granularity.GRAINS[name]) for name in grains}
            segments("grain", _("Step"), options, breakdown.grain, default=granularity.panel_grain(view))
        if by:
            segments("by", _("Told apart"), {name: _(label) for name, label in granularity.SERIES.items()}, breakdown.by, default="key")


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


def _some_of(name: str, label: str, options: tuple[str, ...], show: Callable[[str], str], nothing: str, *, typed: bool = False) -> None:
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
