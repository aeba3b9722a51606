"""What owners bear of a month to date, as it was split exactly, put into the rows of a forecast; it splits and foresees nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from analytics.analysis.allocation.spend_by_owner import LEVELS, NOTHING
from analytics.core.frame import Frame

Row = dict[str, Any]


def with_owned(records: Iterable[Row], owned: Iterable[Frame]) -> Iterator[Row]:
    """The rows of a forecast, those of owners with `month_to_date_cost` and `unreconciled_dates` from the answers of spend-by-owner."""
    by_owner = {_owner(row): row for frame in owned for row in frame.records()}
    for row in records:
        of_owner = by_owner.get(_owner(row), {})
        known = {"month_to_date_cost": of_owner.get("computed_cost", NOTHING), "unreconciled_dates": _complete(of_owner)}
        yield row if row["assignment"] is None else row | known


def _owner(row: Row) -> tuple[str | None, ...]:
    return tuple(row[name] for name in ("currency", "account", *LEVELS))


def _complete(of_owner: Row) -> str | None:
    """The days that do not reconcile, but for those of which nothing is counted."""
    partial = (of_owner.get("partial_dates") or "").split()
    return " ".join(day for day in (of_owner.get("unreconciled_dates") or "").split() if day not in partial) or None
