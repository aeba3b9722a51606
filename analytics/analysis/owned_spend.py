"""What keys cost, added up by who bears it: shared keys split to the last digit, and what nobody owns by itself; it knows no rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from typing import Any

from analytics.analysis.allocation import split_cost, split_count
from analytics.frame import Column, Frame
from analytics.money import EXACT, SCALE, exact_sum

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
)

_NOTHING = Decimal(0).scaleb(-SCALE)
"""Sums have the scale of their column, be they of nothing."""
Bearer = tuple[str | None, ...]
"""Who bears a cost, at the levels that are told apart."""
Row = dict[str, Any]


def finish(frame: Frame) -> Frame:
    """From one row per key and part of its rule, in order, to one per account, currency and bearer: the dearest first.

    What nobody owns is a row of its own in every account and currency, be it nothing. `shared_cost` is the part of
    `computed_cost` that comes from keys of several owners. The costs of a currency add up to those of its keys, exactly.
    """
    rows = list(frame.records())
    totals: dict[tuple[str, str], dict[Bearer, _Total]] = {}
    spent = _own_spend(rows)
    for (currency, account, *_), group in groupby(rows, key=_charged):
        of_account = totals.setdefault((currency, account), {(None,) * len(LEVELS): _Total()})
        for row in _split(list(group), spent):
            of_account.setdefault(_bearer(row), _Total()).add(row)
    answer = [line for about, found in sorted(totals.items()) for line in _lines(*about, found)]
    return Frame(frame.name, _COLUMNS, answer)


class _Total:
    """What one bearer bears so far."""

    def __init__(self) -> None:
        self.costs: list[Decimal] = []
        self.shared_costs: list[Decimal] = []
        self.counts = dict.fromkeys(COUNTS, 0)
        self.keys: set[str] = set()

    def add(self, row: Row) -> None:
        self.costs.append(row["computed_cost"])
        if row["is_shared"]:
            self.shared_costs.append(row["computed_cost"])
        for name in COUNTS:
            self.counts[name] += row[name]
        self.keys.add(row["api_key"])


def _charged(row: Row) -> tuple[Any, ...]:
    return row["currency"], row["account"], row["api_key"], row["rule_number"]


def _own_spend(rows: list[Row]) -> dict[tuple[str, str], int]:
    """What the keys of one owner alone cost, by currency and owner, in units of the last decimal."""
    spent: defaultdict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        if row["share"] == 1:
            spent[row["currency"], row["owner"]] += _units(row["computed_cost"])
    return spent


def _units(cost: Decimal) -> int:
    return int(EXACT.scaleb(cost, SCALE))


def _split(parts: list[Row], spent: dict[tuple[str, str], int]) -> Iterator[Row]:
    """The rows of one key, which carry the whole each, as the part of each."""
    if len(parts) == 1:
        yield parts[0] | {"is_shared": False}
        return
    weights = [spent.get((row["currency"], row["owner"]), 0) if row["share"] is None else _units(row["share"]) for row in parts]
    costs = split_cost(parts[0]["computed_cost"], weights)
    counts = {name: split_count(parts[0][name], weights) for name in COUNTS}
    for index, row in enumerate(parts):
        yield row | {"computed_cost": costs[index], "is_shared": True} | {name: split[index] for name, split in counts.items()}


def _bearer(row: Row) -> Bearer:
    """The levels that are told apart: all of them by owner, else the one that was asked for."""
    return tuple(row[name] if row["by"] in ("owner", name) else None for name in LEVELS)


def _lines(currency: str, account: str, found: dict[Bearer, _Total]) -> Iterator[tuple[Any, ...]]:
    whole = exact_sum(cost for total in found.values() for cost in total.costs)
    costs = {bearer: EXACT.add(_NOTHING, exact_sum(total.costs)) for bearer, total in found.items()}
    for bearer in sorted(found, key=lambda bearer: (not any(bearer), -costs[bearer], [name or "" for name in bearer])):
        total = found[bearer]
        yield (
            account,
            *bearer,
            "assigned" if any(bearer) else "unassigned",
            currency,
            costs[bearer],
            float(costs[bearer] / whole) if whole else None,
            EXACT.add(_NOTHING, exact_sum(total.shared_costs)),
            *total.counts.values(),
            len(total.keys),
        )
