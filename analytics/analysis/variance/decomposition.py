"""The way from what keys cost in one period to what they cost in another, in steps that add up to the last digit; it knows no dates.

A cost is requests × tokens per request × the shares of models, of meters within a model and of peak within a meter × prices. One
after the other each is taken from the later period, and what that changes is its effect (price, volume and mix, as in management
accounting). Every state on the way is rounded once, to 18 decimals, so that the effects add up to the difference by themselves.
A price that a key did not pay before is the one that its account paid then, else the one that it pays now; so a new model is a
change of the mix, and no change of prices.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

DRIVERS = ("requests", "tokens_per_request", "model_mix", "cache_mix", "peak_mix", "price", "new_key", "retired_key")
"""The effects of a key, in the order in which they are taken."""

Cell = tuple[str, str, bool]
"""A model, a meter, and whether it was bought at peak."""
Price = tuple[int, int]
"""An amount and the quantity that cost it."""


class CellChange(NamedTuple):
    """What a key used of one cell, and what that cost in units of the last decimal, in the period before and in this one."""

    cell: Cell
    before: int
    before_cost: int
    after: int
    after_cost: int


class KeyUsage(NamedTuple):
    """The cells of one key that have a price, and its requests before and after."""

    changes: Sequence[CellChange]
    requests_before: int
    requests_after: int


def prices_before(keys: Iterable[KeyUsage]) -> dict[Cell, Price]:
    """What the keys of an account paid for each cell in the period before, together."""
    prices: dict[Cell, Price] = {}
    for key in keys:
        for cell, quantity, cost, _, _ in key.changes:
            if quantity:
                known_cost, known = prices.get(cell, (0, 0))
                prices[cell] = known_cost + cost, known + quantity
    return prices


def effects(key: KeyUsage, known: Mapping[Cell, Price]) -> dict[str, int]:
    """What each driver changed, in units of the last decimal; the sum is the difference of the costs, always.

    `known` are the prices of the period before, for cells that the key did not use then.
    """
    cells = [(change.cell, _at_price_before(change, known)) for change in key.changes]
    meters = _together(cells, 2)
    models = _together(meters, 1)
    before, cost_before, after, by_volume = _whole([part for _, part in models])
    cost_after = sum(cost for *_, cost in key.changes)
    if not before or not after:
        return dict.fromkeys(DRIVERS, 0) | {"new_key": cost_after, "retired_key": -cost_before}
    counted = key.requests_before and key.requests_after
    by_requests = _part(cost_before, key.requests_after, key.requests_before) if counted else cost_before
    by_mix = (sum(cost for _, (*_, cost) in parts) for parts in (models, meters, cells))
    states = [cost_before, by_requests, by_volume, *by_mix, cost_after]
    return {driver: after - before for driver, before, after in zip(DRIVERS, states, states[1:], strict=False)} | _NO_TURNOVER


_NO_TURNOVER = {"new_key": 0, "retired_key": 0}

_Part = tuple[int, int, int, int]
"""What was used before of a part of it all and cost then, what is used now, and what that would have cost at prices and mix of before."""
_Parts = Sequence[tuple[tuple[object, ...], _Part]]
"""Parts by what tells them apart: a cell, or its first one or two."""


def _at_price_before(change: CellChange, known: Mapping[Cell, Price]) -> _Part:
    cell, before, cost_before, after, cost_after = change
    if before:
        return before, cost_before, after, _part(cost_before, after, before)
    cost, quantity = known.get(cell, (cost_after, after))
    return 0, cost_before, after, _part(cost, after, quantity) if after else 0


def _together(parts: _Parts, depth: int) -> _Parts:
    """Those parts as one that have the first `depth` of what tells them apart in common."""
    groups: dict[tuple[object, ...], list[_Part]] = {}
    for cell, part in parts:
        groups.setdefault(cell[:depth], []).append(part)
    return [(cell, _whole(group)) for cell, group in groups.items()]


def _whole(group: list[_Part]) -> _Part:
    """Parts as one, in the mix of the period before; what is all new, in that of now."""
    if len(group) == 1:
        return group[0]
    before = cost_before = after = cost = 0
    for part in group:
        before += part[0]
        cost_before += part[1]
        after += part[2]
        cost += part[3]
    return before, cost_before, after, _part(cost_before, after, before) if before else cost


def _part(amount: int, quantity: int, of: int) -> int:
    """`amount` × `quantity` ÷ `of`, rounded half away from zero; amounts and quantities are not negative."""
    return (2 * amount * quantity + of) // (2 * of)
