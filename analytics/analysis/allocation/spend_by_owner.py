"""What keys cost, added up by who bears it: shared keys split to the last digit, and what nobody owns by itself; it knows no rules."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from typing import Any

from analytics.analysis.allocation.split import split_cost, split_count
from analytics.core.frame import Column, Frame
from analytics.core.money import EXACT, SCALE, exact_sum

LEVELS = ("owner", "team", "project", "cost_center")
COUNTS = ("input_cache_hit_tokens", "input_cache_miss_tokens", "output_tokens", "request_count")
_COLUMNS = (
    Column("account", "VARCHAR"),
    *(Column(name, "VARCHAR") for name in LEVELS),
    Column("assignment", "VARCHAR"),
    Column("currency", "VARCHAR"),
    Column("computed_cost", "DECIMAL(38,18)"),
    Column("spend_ratio", "DOUBLE"),
    Column("shared_cost", "DECIMAL(38,18)"),
    *(Column(name, "BIGINT") for name in COUNTS),
    Column("key_count", "BIGINT"),
    Column("unreconciled_dates", "VARCHAR"),
    Column("partial_dates", "VARCHAR"),
    Column("reason", "VARCHAR"),
)
EVENLY = "in part split evenly: none of those who share it by spend has any"

NOTHING = Decimal(0).scaleb(-SCALE)
"""Sums have the scale of their column, be they of nothing."""
_NOBODY = 0
Row = dict[str, Any]


def finish(frame: Frame) -> Frame:
    """From one row per bearer, and per shared key and part of its rule, to one per account, currency and bearer: the dearest first.

    What nobody owns is a row of its own in every account and currency, be it nothing. `shared_cost` is the part of `computed_cost`
    that comes from keys of several owners; where keys are to be split by spend among owners who have none, `reason` says that they
    are split evenly. The costs of a currency add up to those of its keys, exactly.
    """
    answer: list[tuple[Any, ...]] = []
    for (currency, account), rows in groupby(frame.records(), key=lambda row: (row["currency"], row["account"])):
        found = {_NOBODY: _Total(dict.fromkeys((*LEVELS, "unreconciled_dates", "partial_dates")) | {"key_count": 0})}
        for _, parts in groupby(rows, key=lambda row: (row["shared_key"], row["number"])):
            _add_costs(list(parts), found)
        answer += _lines(currency, account, found)
    return Frame(frame.name, _COLUMNS, answer)


class _Total:
    """What one bearer bears so far; `about` has what is known of the bearer as a whole."""

    def __init__(self, about: Row) -> None:
        self.about = about
        self.costs: list[Decimal] = []
        self.shared_costs: list[Decimal] = []
        self.is_split_evenly = False
        self.counts = dict.fromkeys(COUNTS, 0)

    def add(self, row: Row) -> None:
        self.costs.append(row["computed_cost"])
        for name in COUNTS:
            self.counts[name] += row[name]


def _add_costs(parts: list[Row], found: dict[int, _Total]) -> None:
    """Add the rows of one shared key, which carry the whole each, as the part of each; or those that somebody bears whole."""
    is_shared = parts[0]["shared_key"] is not None
    weights = [_weight(row) for row in parts]
    for row in _split(parts, weights) if is_shared else parts:
        total = found.setdefault(row["owner_number"], _Total(row))
        total.about = row
        total.add(row)
        if is_shared:
            total.shared_costs.append(row["computed_cost"])
            total.is_split_evenly |= not any(weights)


def _weight(row: Row) -> int:
    """A fixed share, or what the owner's own keys cost, in units of the last decimal."""
    weight = row["own_cost"] if row["share"] is None else row["share"]
    return int(EXACT.scaleb(weight or Decimal(0), SCALE))


def _split(parts: list[Row], weights: list[int]) -> Iterator[Row]:
    costs = split_cost(parts[0]["computed_cost"], weights)
    counts = {name: split_count(parts[0][name], weights) for name in COUNTS}
    for index, row in enumerate(parts):
        yield row | {"computed_cost": costs[index]} | {name: split[index] for name, split in counts.items()}


def _lines(currency: str, account: str, found: dict[int, _Total]) -> Iterator[tuple[Any, ...]]:
    costs = {owner: _sum(total.costs) for owner, total in found.items()}
    whole = exact_sum(costs.values())
    for owner in sorted(found, key=lambda owner: (owner != _NOBODY, -costs[owner], owner)):
        total = found[owner]
        yield (
            account,
            *(total.about[name] for name in LEVELS),
            "unassigned" if owner == _NOBODY else "assigned",
            currency,
            costs[owner],
            float(costs[owner] / whole) if whole else None,
            _sum(total.shared_costs),
            *total.counts.values(),
            total.about["key_count"],
            total.about["unreconciled_dates"],
            total.about["partial_dates"],
            EVENLY if total.is_split_evenly else None,
        )


def _sum(costs: list[Decimal]) -> Decimal:
    return EXACT.add(NOTHING, exact_sum(costs))
