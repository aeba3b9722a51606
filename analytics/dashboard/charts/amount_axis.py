"""Axes of amounts with compact numbers of a language: 20K and 1.5M, or 2万 and 150万; the browser places the ticks."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING, Any

from analytics.dashboard.charts import text_width

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analytics.dashboard.charts.theme import Theme

DECADES = 4
"""How many powers of ten have compact labels: those of the highest value, and of what remains when names are hidden in the legend."""
COMPACT_FROM = 10_000
STEPS = (1, 2, 5)
"""Ticks are multiples of one of these times a power of ten, and never many of them."""
MOST_TICKS = 20


def amounts(values: Iterable[float], theme: Theme, sign: str) -> dict[str, Any]:
    """Return the layout of an axis for values that start at 0, with a sign before them."""
    numbers = list(values)
    highest = max(map(abs, numbers), default=0.0)
    ticks = _ticks(highest)
    labels = {tick: f"{sign}{theme.compact_number(tick)}" for tick in ticks if tick >= COMPACT_FROM}
    aliases = {f"{sign}{tick:,}": label for tick, label in labels.items()}
    if any(value < 0 for value in numbers):
        # Plotly puts a sign before the minus.
        aliases |= {f"{sign}−{tick:,}": f"−{labels.get(tick, f'{sign}{tick:,}')}" for tick in ticks}
    return {"tickprefix": sign, "exponentformat": "none", "separatethousands": True, **({"labelalias": aliases} if aliases else {})}


def _ticks(highest: float) -> list[int]:
    """Return the whole numbers on which ticks may be placed."""
    if highest < 1:
        return []
    magnitude = floor(log10(highest))
    powers = [10**power for power in range(max(0, magnitude - DECADES + 1), magnitude + 1)]
    ticks = {power * step * count for power in powers for step in STEPS for count in range(1, MOST_TICKS + 1)}
    return sorted(tick for tick in ticks if tick <= 2 * highest)


def label_width(highest: float, theme: Theme, sign: str) -> int:
    """Return the pixels that the labels of an axis of amounts up to `highest` take next to it."""
    digits = (
        f"{sign}{theme.compact_number(round(highest))}"
        if highest >= COMPACT_FROM
        else f"{sign}{highest:,.0f}"
        if highest >= 10
        else f"{sign}0.000"
    )
    return text_width.label_width([f"{digits}0"])
