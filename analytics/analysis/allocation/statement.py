"""The parts of a statement that are split exactly: granted credit by key, and the section of owners."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import groupby
from typing import Any

from analytics.analysis.allocation.split import split_cost
from analytics.core.allocation import UNASSIGNED
from analytics.core.frame import Frame
from analytics.core.money import EXACT, SCALE, exact_sum

_NOTHING = Decimal(0).scaleb(-SCALE)
Row = dict[str, Any]


def finish(frame: Frame, owner_spend: Frame | None = None, owner_spend_before: Frame | None = None) -> Frame:
    """The statement with granted credit split among its keys, and the section `owner` at the end of each account and currency.

    `owner_spend` and `owner_spend_before` are spend-by-owner of the period and of the one before; unassigned spend is the first line
    of the section. Without owner rules (`owner_spend` is None), or where nothing was computed, there is no such section.
    """
    frame = with_grants(frame)
    if owner_spend is None:
        return frame
    now, before = _by_owner(owner_spend), _by_owner(owner_spend_before) if owner_spend_before else {}
    rows: list[tuple[Any, ...]] = []
    for (account, currency), group in groupby(frame.records(), key=lambda row: (row["account"], row["currency"])):
        lines = list(group)
        rows += [tuple(row.values()) for row in lines]
        total = next((row for row in lines if row["section"] == "total"), None)
        if total is not None:
            rows += _lines(frame, total, now.get((account, currency), {}), before.get((account, currency), {}))
    return Frame(frame.name, frame.columns, rows)


def with_grants(frame: Frame) -> Frame:
    """The statement with the granted credit of each account split among its keys.

    Each key has its part of what the granted wallet paid for its models on its days. What the wallet paid where nothing was used is
    split in proportion to the computed cost of the keys; where no key has any, it stays unallocated.
    """
    at, cost, section = (frame.names.index(name) for name in ("granted_cost", "computed_cost", "section"))
    if not any(granted for granted, part in zip(frame.values("granted_cost"), frame.values("section"), strict=True) if part == "total"):
        return frame
    rows = [list(row) for row in frame.rows]
    for _, group in groupby(rows, key=lambda row: row[:2]):
        lines = list(group)
        keys = [row for row in lines if row[section] == "key" and row[at] is not None]
        total = next((row[at] for row in lines if row[section] == "total"), None)
        left = EXACT.subtract(total or _NOTHING, exact_sum(row[at] for row in keys))
        costs = [int(EXACT.scaleb(row[cost], SCALE)) for row in keys]
        if left and any(costs):
            for row, part in zip(keys, split_cost(left, costs), strict=True):
                row[at] = EXACT.add(row[at], part)
    return replace(frame, rows=[tuple(row) for row in rows])


def _by_owner(owner_spend: Frame) -> dict[tuple[str, str], dict[str, Row]]:
    """The sums of each owner by account and currency, in the order of the report; the rows of one owner for several teams are added up."""
    totals: defaultdict[tuple[str, str], dict[str, Row]] = defaultdict(dict)
    for row in owner_spend.records():
        line = totals[row["account"], row["currency"]].setdefault(row["owner"] or UNASSIGNED, {"computed_cost": _NOTHING, "dates": {}})
        line["computed_cost"] = EXACT.add(line["computed_cost"], row["computed_cost"])
        for name in ("unreconciled_dates", "partial_dates"):
            line["dates"].setdefault(name, set()).update((row[name] or "").split())
    return totals


def _lines(frame: Frame, total: Row, now: dict[str, Row], before: dict[str, Row]) -> Iterator[tuple[Any, ...]]:
    is_compared = total["previous_computed_cost"] is not None
    for owner in [*now, *(owner for owner in before if owner not in now)]:
        cost = now[owner]["computed_cost"] if owner in now else _NOTHING
        previous = (before[owner]["computed_cost"] if owner in before else _NOTHING) if is_compared else None
        dates = {name: " ".join(sorted(days)) or None for name, days in now[owner]["dates"].items()} if owner in now else {}
        values = {
            "account": total["account"],
            "currency": total["currency"],
            "section": "owner",
            "item": owner,
            "computed_cost": cost,
            "previous_computed_cost": previous,
            "change_cost": None if previous is None else EXACT.subtract(cost, previous),
            "status": "unreconciled" if dates.get("unreconciled_dates") else "reconciled",
            **dates,
        }
        yield tuple(values.get(name) for name in frame.names)
