"""The month-to-date cost of each owner, from spend-by-owner, joined to the rows of a forecast."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from analytics.analysis.allocation.spend_by_owner import NOTHING
from analytics.core.allocation import OWNER_LEVELS
from analytics.core.frame import Frame

Row = dict[str, Any]


def with_month_to_date(records: Iterable[Row], owner_spend: Iterable[Frame]) -> Iterator[Row]:
    """The rows of a forecast; those of owners have `month_to_date_cost` and `unreconciled_dates` from the frames of spend-by-owner."""
    by_owner = {_owner(row): row for frame in owner_spend for row in frame.records()}
    for row in records:
        of_owner = by_owner.get(_owner(row), {})
        to_date = {"month_to_date_cost": of_owner.get("computed_cost", NOTHING), "unreconciled_dates": _unreconciled(of_owner)}
        yield row if row["assignment"] is None else row | to_date


def _owner(row: Row) -> tuple[str | None, ...]:
    return tuple(row[name] for name in ("currency", "account", *OWNER_LEVELS))


def _unreconciled(of_owner: Row) -> str | None:
    """The dates that do not reconcile, without partial days: of those no cost is counted."""
    partial = (of_owner.get("partial_dates") or "").split()
    return " ".join(day for day in (of_owner.get("unreconciled_dates") or "").split() if day not in partial) or None
