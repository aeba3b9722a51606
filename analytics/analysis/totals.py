"""The exact totals of a frame, per currency and never across currencies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from analytics.core.columns import spec
from analytics.core.frame import Frame
from analytics.core.money import exact_sum


def totals(frame: Frame) -> dict[str, dict[str, Any]]:
    """The sum of each additive column by currency, in the order of the rows; None where no row has a value.

    Empty for a frame without a currency column or without additive costs, and for one in sections, because each section is the
    whole again. Rows without a currency are left out.
    """
    if (
        "section" in frame.names
        or "currency" not in frame.names
        or not any(spec(column).adds_up and column.is_decimal for column in frame.columns)
    ):
        return {}
    position = frame.names.index("currency")
    groups: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for row in frame.rows:
        if row[position] is not None:
            groups[row[position]].append(row)
    summed = [(index, column.name) for index, column in enumerate(frame.columns) if spec(column).adds_up]
    return {currency: {name: _sum([row[index] for row in rows]) for index, name in summed} for currency, rows in groups.items()}


def _sum(values: Sequence[Any]) -> Any:
    known = [value for value in values if value is not None]
    if not known:
        return None
    return sum(known) if isinstance(known[0], int) else exact_sum(known)
