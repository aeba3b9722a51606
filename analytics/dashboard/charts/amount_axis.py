"""Axes of amounts in the words of a language: 20K and 1.5M, or 2万 and 150万; where ticks fall is left to the browser."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING, Any

from analytics.dashboard.charts import text_width

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analytics.dashboard.charts.theme import Theme

DECADES = 4
"""How many powers of ten have words: those of the highest value, and of what is left when names are hidden in the legend."""
WORDS_FROM = 10_000
STEPS = (1, 2, 5)
"""Ticks are multiples of one of these times a power of ten, and never many of them."""
MOST_TICKS = 20


def amounts(values: Iterable[float], theme: Theme, sign: str) -> dict[str, Any]:
    """An axis for values, which are from 0 or stacked up to the highest, with a sign before them."""
    known = list(values)
    most = max(map(abs, known), default=0.0)
    ticks = _ticks(most)
    words = {tick: f"{sign}{theme.words(tick)}" for tick in ticks if tick >= WORDS_FROM}
    told = {f"{sign}{tick:,}": word for tick, word in words.items()}
    if any(value < 0 for value in known):
        # Plotly puts a sign before the minus.
        told |= {f"{sign}−{tick:,}": f"−{words.get(tick, f'{sign}{tick:,}')}" for tick in ticks}
    return {"tickprefix": sign, "exponentformat": "none", "separatethousands": True, **({"labelalias": told} if told else {})}


def _ticks(most: float) -> list[int]:
    """The whole numbers that ticks may fall on."""
    if most < 1:
        return []
    highest = floor(log10(most))
    powers = [10**power for power in range(max(0, highest - DECADES + 1), highest + 1)]
    found = {power * step * count for power in powers for step in STEPS for count in range(1, MOST_TICKS + 1)}
    return sorted(tick for tick in found if tick <= 2 * most)


def labels_room(most: float, theme: Theme, sign: str) -> int:
    """The pixels that the words of an axis of amounts up to `most` take beside it."""
    digits = f"{sign}{theme.words(round(most))}" if most >= WORDS_FROM else f"{sign}{most:,.0f}" if most >= 10 else f"{sign}0.000"
    return text_width.beside([f"{digits}0"])
