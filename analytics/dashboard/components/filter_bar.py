"""The filter bar of all pages, the choice of a language, and other widgets whose values are in the URL.

A change of a widget is written to the URL, and every run sets the widgets from the URL; so a shared link, the back button and a
click take the same path.
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
from analytics.dashboard.data.url_state import PRESETS, FilterOptions, View, update_url, url_parameters
from analytics.dashboard.i18n.safe_text import clean, mask
from analytics.dashboard.i18n.translation import LANGUAGES, _, current

OFFERED_KEYS = 200
"""How many keys the list has, those of the highest cost first; any other can be typed by its name or mask."""

_WIDGET_PREFIX = "view-"
_DRAWN_URLS, _OWN_URL, _URL_EDITION = "view drawn", "view own", "view edition"
"""The last URLs that the widgets were drawn for, the URL that a widget has made, and a number that changes with every other URL."""


def show(options: FilterOptions, view: View) -> None:
    """Show the filters, without those that have only one option."""
    _store_drawn_url()
    _period_choice(view)
    if len(options.currencies) > 1:
        _single_choice("currency", _("Currency"), options.currencies, view.currency)
    if len(options.accounts) > 1:
        all_accounts = _("All accounts")
        _single_choice(
            "account", _("Account"), ("", *options.accounts), view.account or "", lambda name: clean(name) if name else all_accounts
        )
    top_keys = islice((key for account, key in options.keys[view.currency] if view.account in (None, account)), OFFERED_KEYS)
    _multiple_choice("key", _("API keys"), tuple(top_keys), lambda key: _key_label(key, options.names), _("All keys"), accepts_new=True)
    _multiple_choice("model", _("Models"), tuple(view.model_ranks), clean, _("All models"))


def _key_label(key: str, names: Mapping[str, str]) -> str:
    """Return the name and the folded mask of a key; of a typed text, the text."""
    return f"{clean(names[key], 40)} · {mask(key)}" if key in names else clean(key)


def language_switch() -> None:
    """Show the choice of a language."""
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
    """Show a choice of one of few `options`: value in the URL and its label. The `default` is left out of the URL."""
    st.session_state[_key(name)] = value
    st.segmented_control(
        label,
        list(options),
        format_func=options.__getitem__,
        key=_key(name),
        on_change=_on_change,
        args=(_key(name), name, default),
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


def _period_choice(view: View) -> None:
    st.session_state[_key("period")] = view.preset
    labels = {code: _(text) for code, text in PRESETS.items()}
    st.selectbox(
        _("Period"),
        list(labels),
        format_func=labels.__getitem__,
        key=_key("period"),
        on_change=_on_period_change,
        args=(_key("period"), view),
    )
    if view.preset == "custom" and view.period.start and view.period.end:
        st.session_state[_key("days")] = (view.period.start, view.period.end - timedelta(days=1))
        st.date_input(_("First and last day"), key=_key("days"), on_change=_on_days_change, args=(_key("days"),), format="YYYY-MM-DD")


def _single_choice(name: str, label: str, options: tuple[str, ...], value: str, label_of: Callable[[str], str] = clean) -> None:
    """Show a choice of one, the first option by default. For an unknown value of the URL the reports raise UsageError."""
    st.session_state[_key(name)] = value
    choices = list(dict.fromkeys([*options, value]))
    st.selectbox(label, choices, format_func=label_of, key=_key(name), on_change=_on_change, args=(_key(name), name, options[0]))


def _multiple_choice(
    name: str, label: str, options: tuple[str, ...], label_of: Callable[[str], str], placeholder: str, *, accepts_new: bool = False
) -> None:
    chosen = st.query_params.get_all(name)
    st.session_state[_key(name)] = chosen
    choices = list(dict.fromkeys([*options, *chosen]))
    st.multiselect(
        label,
        choices,
        format_func=label_of,
        key=_key(name),
        on_change=_on_change,
        args=(_key(name), name),
        placeholder=placeholder,
        accept_new_options=accepts_new,
    )


def _key(name: str) -> str:
    """Return the key of a widget, which is another one whenever the URL was changed by anything but the widgets themselves.

    A browser sends the values of all widgets with every message, also those that it has not redrawn yet. With the same key, the days
    of the month that was left by a click would look like days that a person chose.
    """
    return f"{_WIDGET_PREFIX}{name}-{st.session_state.get(_URL_EDITION, 0)}"


def _store_drawn_url() -> None:
    drawn, (last, *_earlier) = url_parameters(), st.session_state.get(_DRAWN_URLS, [None])
    if drawn not in (last, st.session_state.pop(_OWN_URL, None)):
        st.session_state[_URL_EDITION] = st.session_state.get(_URL_EDITION, 0) + 1
    st.session_state[_DRAWN_URLS] = [drawn, *st.session_state.get(_DRAWN_URLS, [])][:2]


def _update_url(**changes: str | list[str] | None) -> None:
    update_url(**changes)
    st.session_state[_OWN_URL] = url_parameters()


def is_user_change() -> bool:
    """Return whether a person changed a widget: the URL is then the one that the widgets were drawn for, or the one before.

    A browser that goes back faster than pages are made sends the values of widgets that it has not drawn yet.
    """
    return url_parameters() in st.session_state.get(_DRAWN_URLS, [url_parameters()])


def _on_change(key: str, name: str, default: str | None = None) -> None:
    if key == _key(name) and is_user_change():
        chosen = st.session_state[key]
        _update_url(**{name: None if chosen == default else chosen})


def _on_period_change(key: str, view: View) -> None:
    if key == _key("period") and is_user_change():
        preset = st.session_state[key]
        _update_url(**{"period": None, "from": None, "to": None, **_period_parameters(preset, view.period)})


def _period_parameters(preset: str, period: Period) -> dict[str, str]:
    if preset == "custom":
        return {"from": str(period.start), "to": str(period.end)}
    return {"period": preset} if preset != "month" else {}


def _on_days_change(key: str) -> None:
    if key == _key("days") and len(days := st.session_state[key]) == 2 and is_user_change():
        _update_url(**_period_parameters("custom", Period(days[0], days[1] + timedelta(days=1))), period=None)
