"""The measures of the cost drivers: requests, tokens per request, cache hit ratio and peak ratio of a key in two periods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from analytics.analysis.variance.decomposition import Cell, KeyUsage
from analytics.core.usage import CACHE_HITS, CACHE_MISSES

Measures = Mapping[str, tuple[float | None, float | None]]
"""The figure of each driver before and now: of requests a count, else a ratio; None where the divisor is 0."""


class Used(NamedTuple):
    """The usage of one period: counts of requests, tokens, cached and uncached input tokens, and tokens bought at peak."""

    requests: int
    tokens: int
    hits: int
    misses: int
    at_peak: int


def used(key: KeyUsage) -> tuple[Used, Used]:
    """The usage of a key before, and now."""
    before = _added_up(key.requests_before, ((cell, quantity) for cell, quantity, _, _, _ in key.changes))
    return before, _added_up(key.requests_after, ((cell, quantity) for cell, _, _, quantity, _ in key.changes))


def together(periods: Iterable[Used]) -> Used:
    """The summed usage of several keys in one period."""
    return Used(*map(sum, zip(Used(0, 0, 0, 0, 0), *periods, strict=True)))


def measures(before: Used, after: Used) -> Measures:
    """The measures of the drivers before and now; drivers that are missing have no figure."""
    return {
        "requests": (float(before.requests), float(after.requests)),
        "tokens_per_request": (_ratio(before.tokens, before.requests), _ratio(after.tokens, after.requests)),
        "cache_mix": (_ratio(before.hits, before.hits + before.misses), _ratio(after.hits, after.hits + after.misses)),
        "peak_mix": (_ratio(before.at_peak, before.tokens), _ratio(after.at_peak, after.tokens)),
    }


def _added_up(requests: int, quantities: Iterable[tuple[Cell, int]]) -> Used:
    tokens = hits = misses = at_peak = 0
    for (_, meter, is_peak), quantity in quantities:
        tokens += quantity
        hits += quantity if meter == CACHE_HITS else 0
        misses += quantity if meter == CACHE_MISSES else 0
        at_peak += quantity if is_peak else 0
    return Used(requests, tokens, hits, misses, at_peak)


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
