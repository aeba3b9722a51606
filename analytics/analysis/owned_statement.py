"""The lines by owner of a statement, added to those that no rule changes: exact and pure; it splits nothing itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from typing import Any

from analytics.frame import Frame
from analytics.money import EXACT, SCALE

UNASSIGNED = "unassigned"
_NOTHING = Decimal(0).scaleb(-SCALE)
Row = dict[str, Any]


def finish(frame: Frame, owned: Frame | None = None, owned_before: Frame | None = None) -> Frame:
    """The statement with the section `owner` at the end of each account and currency, from spend-by-owner of both periods.

    What nobody owns is the first of its lines. Without rules about owners, or where nothing was computed, there is no such section.
    """
    if owned is None:
        return frame
    now, before = _by_owner(owned), _by_owner(owned_before) if owned_before else {}
    rows: list[tuple[Any, ...]] = []
    for (account, currency), group in groupby(frame.records(), key=lambda row: (row["account"], row["currency"])):
        lines = list(group)
        rows += [tuple(row.values()) for row in lines]
        total = next((row for row in lines if row["section"] == "total"), None)
        if total is not None:
            rows += _lines(frame, total, now.get((account, currency), {}), before.get((account, currency), {}))
    return Frame(frame.name, frame.columns, rows)


def _by_owner(owned: Frame) -> dict[tuple[str, str], dict[str, Row]]:
    """The sums of each owner by account and currency, in the order of the report; one owner may have rows for several teams."""
    found: defaultdict[tuple[str, str], dict[str, Row]] = defaultdict(dict)
    for row in owned.records():
        told = found[row["account"], row["currency"]].setdefault(row["owner"] or UNASSIGNED, {"computed_cost": _NOTHING, "dates": {}})
        told["computed_cost"] = EXACT.add(told["computed_cost"], row["computed_cost"])
        for name in ("unreconciled_dates", "partial_dates"):
            told["dates"].setdefault(name, set()).update((row[name] or "").split())
    return found


def _lines(frame: Frame, total: Row, now: dict[str, Row], before: dict[str, Row]) -> Iterator[tuple[Any, ...]]:
    is_compared = total["previous_computed_cost"] is not None
    for owner in [*now, *(owner for owner in before if owner not in now)]:
        cost = now[owner]["computed_cost"] if owner in now else _NOTHING
        previous = (before[owner]["computed_cost"] if owner in before else _NOTHING) if is_compared else None
        dates = {name: " ".join(sorted(days)) or None for name, days in now[owner]["dates"].items()} if owner in now else {}
        told = {
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
        yield tuple(told.get(name) for name in frame.names)
