"""What the page What if supposes, kept wholly in the URL: read from it, changed by sliders, told in words; it computes no cost.

In the URL `off-peak` and `hits` are ratios, `as` is MODEL=OTHER, `traffic` a factor and `of` the mask of the key that it is for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import permutations
from typing import Any

import streamlit as st

from analytics import UsageError
from analytics.dashboard.components import filter_bar
from analytics.dashboard.data import url_state
from analytics.dashboard.data.url_state import FilterOptions, View
from analytics.dashboard.i18n.safe_text import clean, mask
from analytics.dashboard.i18n.translation import _, current

_NOTHING = ""
RATIOS = (_NOTHING, *(f"{Decimal(percent) / 100}" for percent in range(0, 101, 5)))
FACTORS = ("0", "0.25", "0.5", "0.75", "0.9", _NOTHING, "1.1", "1.25", "1.5", "2", "3", "5", "10")
OFFERED_KEYS = 200
_KEY = "suppose-"


@dataclass(frozen=True)
class Supposed:
    """What is to be different; None leaves it as it was. `traffic_key` is the one key that `traffic` is for, None for all."""

    off_peak_ratio: Decimal | None = None
    cache_hit_ratio: Decimal | None = None
    as_model: tuple[str, str] | None = None
    traffic: Decimal | None = None
    traffic_key: str | None = None

    @property
    def arguments(self) -> dict[str, Any]:
        """What `Keyspend.what_if` takes; empty where nothing is supposed."""
        told = {
            "off_peak_ratio": self.off_peak_ratio,
            "cache_hit_ratio": self.cache_hit_ratio,
            "as_models": None if self.as_model is None else (self.as_model,),
            "traffic": None if self.traffic is None else ((self.traffic_key, self.traffic),),
        }
        return {name: value for name, value in told.items() if value is not None}


def read() -> Supposed:
    """What the URL supposes. Raises UsageError for a number that is none and a pair of models that is none."""
    asked = st.query_params
    model, _equals, other = asked.get("as", "").rpartition("=")
    return Supposed(
        _number(asked.get("off-peak")),
        _number(asked.get("hits")),
        (model, other) if model and other else None,
        _number(asked.get("traffic")),
        asked.get("of") or None,
    )


def _number(text: str | None) -> Decimal | None:
    if not text:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        raise UsageError("what-if-number", f"{clean(text, 12)} is no number", "write a plain decimal, for example 0.5") from None


def sliders(view: View, offered: FilterOptions) -> None:
    """A slider for each ratio and for the traffic, a choice of models and of the key that the traffic is of."""
    left = _("as it was")
    with st.grid(min_column_width=240, key="suppose"):
        _slider("off-peak", _("Moved from peak to off-peak"), RATIOS, lambda text: _percent(text) if text else left)
        _slider("hits", _("Cache hit ratio"), RATIOS, lambda text: _percent(text) if text else left)
        _slider("traffic", _("Traffic"), FACTORS, lambda text: f"× {current().number(Decimal(text))}" if text else left)
        keys = [key for account, key in view.key_ranks if view.account in (None, account)][:OFFERED_KEYS]
        names = {key: f"{clean(offered.names[key], 40)} · {mask(key)}" for key in keys}
        every = _("all keys")
        _select("of", _("Traffic of"), keys, lambda key: names.get(key, clean(key)) if key else every)
        pairs = [f"{model}={other}" for model, other in permutations(view.model_ranks, 2)]
        _select("as", _("A model at the prices of another"), pairs, lambda pair: clean(pair.replace("=", " → ")) if pair else left)


def _percent(text: str) -> str:
    return current().percent(Decimal(text))


def _slider(name: str, label: str, options: Sequence[str], show: Callable[[str], str]) -> None:
    value = st.query_params.get(name, _NOTHING)
    st.session_state[_KEY + name] = value
    told = list(dict.fromkeys([*options, value]))
    st.select_slider(label, told, format_func=show, key=_KEY + name, on_change=_chosen, args=(name,))


def _select(name: str, label: str, options: Sequence[str], show: Callable[[str], str]) -> None:
    value = st.query_params.get(name, _NOTHING)
    st.session_state[_KEY + name] = value
    told = list(dict.fromkeys([_NOTHING, *options, value]))
    st.selectbox(label, told, format_func=show, key=_KEY + name, on_change=_chosen, args=(name,))


def _chosen(name: str) -> None:
    if filter_bar.is_user_change():
        url_state.update_url(**{name: st.session_state[_KEY + name] or None})


def assumptions(supposed: Supposed, names: dict[str, str]) -> Iterator[str]:
    """Each assumption as a sentence, with names as they are: they are anybody's."""
    language = current()
    if supposed.off_peak_ratio is not None:
        ratio = language.percent(supposed.off_peak_ratio)
        yield _("{ratio} of what was bought at peak is bought at the off-peak price of the same day.", ratio=ratio)
    if supposed.cache_hit_ratio is not None:
        ratio = language.percent(supposed.cache_hit_ratio)
        yield _("{ratio} of all input tokens are cache hits, at the prices of the same day and tier.", ratio=ratio)
    if supposed.as_model:
        model, other = supposed.as_model
        yield _("{model} costs what {other} did on the same day; tokens are as they were.", model=model, other=other)
    if supposed.traffic is not None:
        factor = language.number(supposed.traffic)
        if supposed.traffic_key is None:
            yield _("All traffic is {factor} times as much.", factor=factor)
        else:
            name = names.get(supposed.traffic_key, supposed.traffic_key)
            yield _("The traffic of {name} is {factor} times as much.", name=name, factor=factor)
