"""The assumptions of the page What if, stored wholly in the URL: read from it, changed by sliders, and written as sentences.

In the URL `off-peak` and `hits` are ratios, `as` is MODEL=OTHER, `traffic` a factor and `of` the mask of the key that it is for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import permutations
from typing import Any

import streamlit as st

from analytics.core.errors import UsageError
from analytics.dashboard.components import filter_bar
from analytics.dashboard.data import url_state
from analytics.dashboard.data.url_state import FilterOptions, View
from analytics.dashboard.i18n.safe_text import clean, mask
from analytics.dashboard.i18n.translation import _, current

_UNCHANGED = ""
RATIOS = (_UNCHANGED, *(f"{Decimal(percent) / 100}" for percent in range(0, 101, 5)))
FACTORS = ("0", "0.25", "0.5", "0.75", "0.9", _UNCHANGED, "1.1", "1.25", "1.5", "2", "3", "5", "10")
OFFERED_KEYS = 200
_WIDGET_PREFIX = "suppose-"


@dataclass(frozen=True)
class Assumptions:
    """What is assumed to change; None leaves it as it was. `traffic_key` is the one key that `traffic` applies to, None for all."""

    off_peak_ratio: Decimal | None = None
    cache_hit_ratio: Decimal | None = None
    as_model: tuple[str, str] | None = None
    traffic: Decimal | None = None
    traffic_key: str | None = None

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of `Keyspend.what_if`; empty where nothing is assumed."""
        arguments = {
            "off_peak_ratio": self.off_peak_ratio,
            "cache_hit_ratio": self.cache_hit_ratio,
            "as_models": None if self.as_model is None else (self.as_model,),
            "traffic": None if self.traffic is None else ((self.traffic_key, self.traffic),),
        }
        return {name: value for name, value in arguments.items() if value is not None}


def from_url() -> Assumptions:
    """Return the assumptions of the URL. Raises UsageError for an invalid number."""
    parameters = st.query_params
    model, _equals, other = parameters.get("as", "").rpartition("=")
    return Assumptions(
        _number(parameters.get("off-peak")),
        _number(parameters.get("hits")),
        (model, other) if model and other else None,
        _number(parameters.get("traffic")),
        parameters.get("of") or None,
    )


def _number(text: str | None) -> Decimal | None:
    if not text:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        raise UsageError("what-if-number", f"{clean(text, 12)} is no number", "write a plain decimal, for example 0.5") from None


def show(view: View, options: FilterOptions) -> None:
    """Show a slider for each ratio and for the traffic, and choices of models and of the key that the traffic applies to."""
    unchanged = _("as it was")
    with st.grid(min_column_width=240, key="suppose"):
        _slider("off-peak", _("Moved from peak to off-peak"), RATIOS, lambda text: _percent(text) if text else unchanged)
        _slider("hits", _("Cache hit ratio"), RATIOS, lambda text: _percent(text) if text else unchanged)
        _slider("traffic", _("Traffic"), FACTORS, lambda text: f"× {current().number(Decimal(text))}" if text else unchanged)
        keys = [key for account, key in view.key_ranks if view.account in (None, account)][:OFFERED_KEYS]
        names = {key: f"{clean(options.names[key], 40)} · {mask(key)}" for key in keys}
        all_keys = _("all keys")
        _select("of", _("Traffic of"), keys, lambda key: names.get(key, clean(key)) if key else all_keys)
        pairs = [f"{model}={other}" for model, other in permutations(view.model_ranks, 2)]
        _select("as", _("A model at the prices of another"), pairs, lambda pair: clean(pair.replace("=", " → ")) if pair else unchanged)


def _percent(text: str) -> str:
    return current().percent(Decimal(text))


def _slider(name: str, label: str, options: Sequence[str], label_of: Callable[[str], str]) -> None:
    value = st.query_params.get(name, _UNCHANGED)
    st.session_state[_WIDGET_PREFIX + name] = value
    options = list(dict.fromkeys([*options, value]))
    st.select_slider(label, options, format_func=label_of, key=_WIDGET_PREFIX + name, on_change=_on_change, args=(name,))


def _select(name: str, label: str, options: Sequence[str], label_of: Callable[[str], str]) -> None:
    value = st.query_params.get(name, _UNCHANGED)
    st.session_state[_WIDGET_PREFIX + name] = value
    options = list(dict.fromkeys([_UNCHANGED, *options, value]))
    st.selectbox(label, options, format_func=label_of, key=_WIDGET_PREFIX + name, on_change=_on_change, args=(name,))


def _on_change(name: str) -> None:
    if filter_bar.is_user_change():
        url_state.update_url(**{name: st.session_state[_WIDGET_PREFIX + name] or None})


def sentences(assumed: Assumptions, names: dict[str, str]) -> Iterator[str]:
    """Yield each assumption as a sentence, with names that are not escaped."""
    language = current()
    if assumed.off_peak_ratio is not None:
        ratio = language.percent(assumed.off_peak_ratio)
        yield _("{ratio} of what was bought at peak is bought at the off-peak price of the same day.", ratio=ratio)
    if assumed.cache_hit_ratio is not None:
        ratio = language.percent(assumed.cache_hit_ratio)
        yield _("{ratio} of all input tokens are cache hits, at the prices of the same day and tier.", ratio=ratio)
    if assumed.as_model:
        model, other = assumed.as_model
        yield _("{model} costs what {other} did on the same day; tokens are as they were.", model=model, other=other)
    if assumed.traffic is not None:
        factor = language.number(assumed.traffic)
        if assumed.traffic_key is None:
            yield _("All traffic is {factor} times as much.", factor=factor)
        else:
            name = names.get(assumed.traffic_key, assumed.traffic_key)
            yield _("The traffic of {name} is {factor} times as much.", name=name, factor=factor)
