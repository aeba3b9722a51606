"""The way from what keys cost in one period to what they cost in another, in steps that add up to the last digit; it knows no dates.

A cost is requests × tokens per request × the shares of models, of meters within a model and of peak within a meter × prices. One
after the other each is taken from the later period, and what that changes is its effect (price, volume and mix, as in management
accounting). Every state on the way is rounded once, to 18 decimals, so that the effects add up to the difference by themselves.
A price that a key did not pay before is the one that its account paid then, else the one that it pays now; so a new model is a
change of the mix, and no change of prices.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

DRIVERS = ("requests", "tokens_per_request", "model_mix", "cache_mix", "peak_mix", "price", "new_key", "retired_key")
"""The effects of a key, in the order in which they are taken."""

Cell = tuple[str, str, bool]
"""A model, a meter, and whether it was bought at peak."""
Price = tuple[int, int]
"""An amount and the quantity that cost it."""


class Change(NamedTuple):
    """What a key used of one cell, and what that cost in units of the last decimal, in the period before and in this one."""

    cell: Cell
    before: int
    before_cost: int
    after: int
    after_cost: int


class Key(NamedTuple):
    """The cells of one key that have a price, and its requests before and after."""

    changes: tuple[Change, ...]
    requests_before: int
    requests_after: int


def prices_before(keys: Iterable[Key]) -> dict[Cell, Price]:
    """What the keys of an account paid for each cell in the period before, together."""
    costs: defaultdict[Cell, list[int]] = defaultdict(lambda: [0, 0])
    for key in keys:
        for change in key.changes:
            if change.before:
                costs[change.cell][0] += change.before_cost
                costs[change.cell][1] += change.before
    return {cell: (cost, quantity) for cell, (cost, quantity) in costs.items()}


def effects(key: Key, known: Mapping[Cell, Price]) -> dict[str, int]:
    """What each driver changed, in units of the last decimal; the sum is the difference of the costs, always.

    `known` are the prices of the period before, for cells that the key did not use then.
    """
    cost_before = sum(change.before_cost for change in key.changes)
    cost_after = sum(change.after_cost for change in key.changes)
    tokens_before = sum(change.before for change in key.changes)
    tokens_after = sum(change.after for change in key.changes)
    if not tokens_before or not tokens_after:
        return dict.fromkeys(DRIVERS, 0) | {"new_key": cost_after, "retired_key": -cost_before}
    by_volume = _part(cost_before, tokens_after, tokens_before)
    counted = key.requests_before and key.requests_after
    by_requests = _part(cost_before, key.requests_after, key.requests_before) if counted else cost_before
    states = [cost_before, by_requests, by_volume, *(_at_prices_before(key.changes, depth, known) for depth in (1, 2, 3)), cost_after]
    return {driver: after - before for driver, before, after in zip(DRIVERS, states, states[1:], strict=False)} | _NO_TURNOVER


_NO_TURNOVER = {"new_key": 0, "retired_key": 0}


def _at_prices_before(changes: Iterable[Change], depth: int, known: Mapping[Cell, Price]) -> int:
    """What the later quantities would have cost, with the mix of the period before within groups of `depth` parts of a cell.

    1: the mix of meters and peak within each model is that of before; 2: only that of peak within each meter; 3: none is.
    """
    groups: defaultdict[tuple[object, ...], list[Change]] = defaultdict(list)
    for change in changes:
        groups[change.cell[:depth]].append(change)
    return sum(_group_at_prices_before(group, known) for group in groups.values())


def _group_at_prices_before(group: list[Change], known: Mapping[Cell, Price]) -> int:
    before = sum(change.before for change in group)
    after = sum(change.after for change in group)
    if before:
        return _part(sum(change.before_cost for change in group), after, before)
    return sum(_part(cost, change.after, quantity) for change in group for cost, quantity in [_price_before(change, known)] if change.after)


def _price_before(change: Change, known: Mapping[Cell, Price]) -> Price:
    return known.get(change.cell, (change.after_cost, change.after))


def _part(amount: int, quantity: int, of: int) -> int:
    """`amount` × `quantity` ÷ `of`, rounded half away from zero; amounts and quantities are not negative."""
    return (2 * amount * quantity + of) // (2 * of)
