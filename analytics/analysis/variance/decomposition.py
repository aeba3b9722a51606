"""The variance decomposition of a key's cost between two periods: volume, mix and price effects that add up exactly.

A cost is requests × tokens per request × the shares of models, of meters within a model and of peak within a meter × prices. These
factors are moved to the later period one after the other, and the change at each step is the effect of the factor (price, volume and
mix variances of management accounting). Every state in between is rounded once, to 18 decimals, so that the effects add up to the
difference. For a cell that a key did not use before, the price before is the one that its account paid then, else the one that it
pays now; so a new model is a change of mix and not of price.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from analytics.core.usage import REQUESTS

DRIVERS = ("requests", "tokens_per_request", "model_mix", "cache_mix", "peak_mix", "price", "new_key", "retired_key")
"""The drivers of a change in cost, in the order of the decomposition."""

Cell = tuple[str, str, bool]
"""A model, a meter, and whether its units were bought at peak."""
Price = tuple[int, int]
"""A cost in units of the last decimal (10⁻¹⁸), and the quantity that it paid for."""


class CellChange(NamedTuple):
    """The quantity of one cell that a key used, and its cost in units of the last decimal (10⁻¹⁸), in the period before and in this one."""

    cell: Cell
    before: int
    before_cost: int
    after: int
    after_cost: int


class KeyUsage(NamedTuple):
    """The priced cells of one key, and its request counts before and after."""

    changes: Sequence[CellChange]
    requests_before: int
    requests_after: int


def key_usage(changes: Iterable[CellChange]) -> KeyUsage:
    """The usage of a key from the changes of all its cells, requests among them."""
    priced: list[CellChange] = []
    requests: list[CellChange] = []
    for change in changes:
        (requests if change.cell[1] == REQUESTS else priced).append(change)
    return KeyUsage(priced, sum(change.before for change in requests), sum(change.after for change in requests))


def prices_before(keys: Iterable[KeyUsage]) -> dict[Cell, Price]:
    """The cost and quantity of each cell in the period before, summed over the keys of an account."""
    prices: dict[Cell, Price] = {}
    for key in keys:
        for cell, quantity, cost, _, _ in key.changes:
            if quantity:
                known_cost, known = prices.get(cell, (0, 0))
                prices[cell] = known_cost + cost, known + quantity
    return prices


def effects(key: KeyUsage, known: Mapping[Cell, Price]) -> dict[str, int]:
    """The effect of each driver, in units of the last decimal (10⁻¹⁸); the sum is always the exact difference of the costs.

    `known` are the prices of the period before, for cells that the key did not use then. Where the key was unused in one of the
    periods, the whole difference is the effect of `new_key` or `retired_key`.
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
"""Of a part of the usage: quantity and cost before, quantity now, and the cost of that at the prices and the mix of before."""
_Parts = Sequence[tuple[tuple[object, ...], _Part]]
"""Parts by their cell, or by the first one or two components of it."""


def _at_price_before(change: CellChange, known: Mapping[Cell, Price]) -> _Part:
    cell, before, cost_before, after, cost_after = change
    if before:
        return before, cost_before, after, _part(cost_before, after, before)
    cost, quantity = known.get(cell, (cost_after, after))
    return 0, cost_before, after, _part(cost, after, quantity) if after else 0


def _together(parts: _Parts, depth: int) -> _Parts:
    """The parts grouped by the first `depth` components of their cells, each group as one part."""
    groups: dict[tuple[object, ...], list[_Part]] = {}
    for cell, part in parts:
        groups.setdefault(cell[:depth], []).append(part)
    return [(cell, _whole(group)) for cell, group in groups.items()]


def _whole(group: list[_Part]) -> _Part:
    """The sum of parts, with the cost now at the mix of the period before; at the current mix where none was used before."""
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
    """`amount` × `quantity` ÷ `of`, rounded half away from zero; none of them may be negative."""
    return (2 * amount * quantity + of) // (2 * of)
