"""Spend by owner: the cost of keys summed per owner, shared keys split exactly, and unassigned spend in a row of its own."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from typing import Any

from analytics.analysis.allocation.split import split_cost, split_count
from analytics.core.allocation import ASSIGNED, OWNER_LEVELS, UNASSIGNED
from analytics.core.frame import Column, Frame
from analytics.core.money import EXACT, SCALE, exact_sum
from analytics.core.usage import METERS

_COLUMNS = (
    Column("account", "VARCHAR"),
    *(Column(name, "VARCHAR") for name in OWNER_LEVELS),
    Column("assignment", "VARCHAR"),
    Column("currency", "VARCHAR"),
    Column("computed_cost", "DECIMAL(38,18)"),
    Column("spend_ratio", "DOUBLE"),
    Column("shared_cost", "DECIMAL(38,18)"),
    *(Column(name, "BIGINT") for name in METERS),
    Column("key_count", "BIGINT"),
    Column("unreconciled_dates", "VARCHAR"),
    Column("partial_dates", "VARCHAR"),
    Column("reason", "VARCHAR"),
)
EVENLY = "in part split evenly: none of those who share it by spend has any"

NOTHING = Decimal(0).scaleb(-SCALE)
"""Zero at the scale of the cost columns, so that every sum has 18 decimals."""
_UNASSIGNED = 0
"""The owner number of spend without an owner."""
Row = dict[str, Any]


def finish(frame: Frame) -> Frame:
    """One row per account, currency and owner, the highest cost first after the unassigned row of each account and currency.

    `frame` has one row per owner for keys of one owner, and one per shared key and part of its rule, with the whole cost of the key.
    The unassigned row is there even where it is zero. `shared_cost` is the part of `computed_cost` that comes from keys of several
    owners; where a key is split by spend among owners without spend, it is split evenly and `reason` states it. The costs of a
    currency add up exactly to those of its keys.
    """
    lines: list[tuple[Any, ...]] = []
    for (currency, account), rows in groupby(frame.records(), key=lambda row: (row["currency"], row["account"])):
        totals = {_UNASSIGNED: _Total(dict.fromkeys((*OWNER_LEVELS, "unreconciled_dates", "partial_dates")) | {"key_count": 0})}
        for _, parts in groupby(rows, key=lambda row: (row["shared_key"], row["number"])):
            _add_costs(list(parts), totals)
        lines += _lines(currency, account, totals)
    return Frame(frame.name, _COLUMNS, lines)


class _Total:
    """The running total of one owner; `attributes` is a row with the names and dates of the owner as a whole."""

    def __init__(self, attributes: Row) -> None:
        self.attributes = attributes
        self.costs: list[Decimal] = []
        self.shared_costs: list[Decimal] = []
        self.is_split_evenly = False
        self.counts = dict.fromkeys(METERS, 0)

    def add(self, row: Row) -> None:
        self.costs.append(row["computed_cost"])
        for name in METERS:
            self.counts[name] += row[name]


def _add_costs(parts: list[Row], totals: dict[int, _Total]) -> None:
    """Add rows to the totals: those of one shared key, which carry its whole cost each, by their shares; others as they are."""
    is_shared = parts[0]["shared_key"] is not None
    weights = [_weight(row) for row in parts]
    for row in _split(parts, weights) if is_shared else parts:
        total = totals.setdefault(row["owner_number"], _Total(row))
        total.attributes = row
        total.add(row)
        if is_shared:
            total.shared_costs.append(row["computed_cost"])
            total.is_split_evenly |= not any(weights)


def _weight(row: Row) -> int:
    """The weight of a part: its fixed share, or the cost of the owner's own keys, in units of the last decimal (10⁻¹⁸)."""
    weight = row["own_cost"] if row["share"] is None else row["share"]
    return int(EXACT.scaleb(weight or Decimal(0), SCALE))


def _split(parts: list[Row], weights: list[int]) -> Iterator[Row]:
    costs = split_cost(parts[0]["computed_cost"], weights)
    counts = {name: split_count(parts[0][name], weights) for name in METERS}
    for index, row in enumerate(parts):
        yield row | {"computed_cost": costs[index]} | {name: split[index] for name, split in counts.items()}


def _lines(currency: str, account: str, totals: dict[int, _Total]) -> Iterator[tuple[Any, ...]]:
    costs = {owner: _sum(total.costs) for owner, total in totals.items()}
    whole = exact_sum(costs.values())
    for owner in sorted(totals, key=lambda owner: (owner != _UNASSIGNED, -costs[owner], owner)):
        total = totals[owner]
        yield (
            account,
            *(total.attributes[name] for name in OWNER_LEVELS),
            UNASSIGNED if owner == _UNASSIGNED else ASSIGNED,
            currency,
            costs[owner],
            float(costs[owner] / whole) if whole else None,
            _sum(total.shared_costs),
            *total.counts.values(),
            total.attributes["key_count"],
            total.attributes["unreconciled_dates"],
            total.attributes["partial_dates"],
            EVENLY if total.is_split_evenly else None,
        )


def _sum(costs: list[Decimal]) -> Decimal:
    return EXACT.add(NOTHING, exact_sum(costs))
