"""Which currency a price belongs to, where one model was billed in two on one day; pure, and never a guess.

The amount file has no currency. Price × quantity adds up to the cost file exactly, so where two currencies meet, the split of
the day's prices between them that adds up to both bills is the true one, if it is the only one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

from analytics.core.money import EXACT, exact_sum

MAX_LINES = 18
"""Splits double with every line; a day has at most four prices of three meters."""

Line = TypeVar("Line")


def split(costs: Mapping[Line, Decimal], billed: Mapping[str, Decimal]) -> dict[Line, str]:
    """The currency of each line such that costs add up to both bills, or {} where no split or several do.

    >>> split({"a": Decimal("2"), "b": Decimal("3")}, {"CNY": Decimal("3"), "USD": Decimal("2")})
    {'a': 'USD', 'b': 'CNY'}
    """
    if len(billed) != 2 or not costs or len(costs) > MAX_LINES:
        return {}
    (first, wanted), (second, other) = sorted(billed.items())
    if exact_sum(costs.values()) != EXACT.add(wanted, other):
        return {}
    found: dict[Line, str] = {}
    for chosen in _subsets(list(costs.items()), wanted):
        if found:
            return {}
        found = {line: first if line in chosen else second for line in costs}
    return found


def _subsets(items: Sequence[tuple[Line, Decimal]], wanted: Decimal) -> Iterator[frozenset[Line]]:
    """Every set of lines whose costs, none negative, add up to `wanted`."""
    if wanted < 0:
        return
    if not items:
        if wanted == 0:
            yield frozenset()
        return
    (line, cost), rest = items[0], items[1:]
    for chosen in _subsets(rest, EXACT.subtract(wanted, cost)):
        yield chosen | {line}
    yield from _subsets(rest, wanted)
