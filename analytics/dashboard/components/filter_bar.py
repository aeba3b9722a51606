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
_DRAWN_URLS = "view drawn"


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
    st.session_state[_WIDGET_PREFIX + name] = value
    st.segmented_control(
        label,
        list(options),
        format_func=options.__getitem__,
        key=_WIDGET_PREFIX + name,
        on_change=_on_change,
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


def _period_choice(view: View) -> None:
    st.session_state[_WIDGET_PREFIX + "period"] = view.preset
    labels = {code: _(text) for code, text in PRESETS.items()}
    st.selectbox(
        _("Period"), list(labels), format_func=labels.__getitem__, key=_WIDGET_PREFIX + "period", on_change=_on_period_change, args=(view,)
    )
    if view.preset == "custom" and view.period.start and view.period.end:
        st.session_state[_WIDGET_PREFIX + "days"] = (view.period.start, view.period.end - timedelta(days=1))
        st.date_input(_("First and last day"), key=_WIDGET_PREFIX + "days", on_change=_on_days_change, format="YYYY-MM-DD")


def _single_choice(name: str, label: str, options: tuple[str, ...], value: str, label_of: Callable[[str], str] = clean) -> None:
    """Show a choice of one, the first option by default. For an unknown value of the URL the reports raise UsageError."""
    st.session_state[_WIDGET_PREFIX + name] = value
    choices = list(dict.fromkeys([*options, value]))
    st.selectbox(label, choices, format_func=label_of, key=_WIDGET_PREFIX + name, on_change=_on_change, args=(name, options[0]))


def _multiple_choice(
    name: str, label: str, options: tuple[str, ...], label_of: Callable[[str], str], placeholder: str, *, accepts_new: bool = False
) -> None:
    chosen = st.query_params.get_all(name)
    st.session_state[_WIDGET_PREFIX + name] = chosen
    choices = list(dict.fromkeys([*options, *chosen]))
    st.multiselect(
        label,
        choices,
        format_func=label_of,
        key=_WIDGET_PREFIX + name,
        on_change=_on_change,
        args=(name,),
        placeholder=placeholder,
        accept_new_options=accepts_new,
    )


def _store_drawn_url() -> None:
    st.session_state[_DRAWN_URLS] = [url_parameters(), *st.session_state.get(_DRAWN_URLS, [])][:2]


def is_user_change() -> bool:
    """Return whether a person changed a widget: the URL is then the one that the widgets were drawn for, or the one before.

    A browser that goes back faster than pages are made sends the values of widgets that it has not drawn yet.
    """
    return url_parameters() in st.session_state.get(_DRAWN_URLS, [url_parameters()])


def _on_change(name: str, default: str | None = None) -> None:
    chosen = st.session_state[_WIDGET_PREFIX + name]
    if is_user_change():
        update_url(**{name: None if chosen == default else chosen})


def _on_period_change(view: View) -> None:
    preset = st.session_state[_WIDGET_PREFIX + "period"]
    if is_user_change():
        update_url(**{"period": None, "from": None, "to": None, **_period_parameters(preset, view.period)})


def _period_parameters(preset: str, period: Period) -> dict[str, str]:
    if preset == "custom":
        return {"from": str(period.start), "to": str(period.end)}
    return {"period": preset} if preset != "month" else {}


def _on_days_change() -> None:
    days = st.session_state[_WIDGET_PREFIX + "days"]
    if len(days) == 2 and is_user_change():
        update_url(**_period_parameters("custom", Period(days[0], days[1] + timedelta(days=1))), period=None)
