"""The currency of each price where one model was billed in two currencies on one day, only where it is unambiguous.

The amount file has no currency. Price × quantity adds up exactly to the cost file, so where two currencies meet, the split of
the day's prices that adds up to both bills is the true one if it is the only one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

from analytics.core.money import EXACT, exact_sum

MAX_LINES = 18
"""The number of splits doubles with every line; a day has at most four prices of three meters."""

Line = TypeVar("Line")


def split(costs: Mapping[Line, Decimal], billed: Mapping[str, Decimal]) -> dict[Line, str]:
    """The currency of each line such that costs add up exactly to both bills, or {} where no split does, or several do.

    >>> split({"a": Decimal("2"), "b": Decimal("3")}, {"CNY": Decimal("3"), "USD": Decimal("2")})
    {'a': 'USD', 'b': 'CNY'}
    """
    if len(billed) != 2 or not costs or len(costs) > MAX_LINES:
        return {}
    (first, first_total), (second, second_total) = sorted(billed.items())
    if exact_sum(costs.values()) != EXACT.add(first_total, second_total):
        return {}
    currencies: dict[Line, str] = {}
    for first_lines in _subsets(list(costs.items()), first_total):
        if currencies:
            return {}
        currencies = {line: first if line in first_lines else second for line in costs}
    return currencies


def _subsets(items: Sequence[tuple[Line, Decimal]], total: Decimal) -> Iterator[frozenset[Line]]:
    """Every set of lines whose costs, none negative, add up to `total`."""
    if total < 0:
        return
    if not items:
        if total == 0:
            yield frozenset()
        return
    (line, cost), rest = items[0], items[1:]
    for subset in _subsets(rest, EXACT.subtract(total, cost)):
        yield subset | {line}
    yield from _subsets(rest, total)
