"""What the columns of a frame add up to, per currency and never across currencies: exact and pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from analytics.core.frame import Column, Frame
from analytics.core.money import exact_sum

_OF_ITS_OWN = ("key_count", "forecast_cost")
"""A key of two owners counts once among all, and the whole is foreseen by itself, and where some of its parts are not."""


def adds_up(column: Column) -> bool:
    """Whether the values of a column are parts of a whole: costs, tokens and counts are, prices, ratios and keys of several are not."""
    is_part = column.type != "DOUBLE" and column.name.endswith(("_cost", "_tokens", "_count", "variance"))
    return is_part and column.name not in _OF_ITS_OWN


def totals(frame: Frame) -> dict[str, dict[str, Any]]:
    """Per currency, in the order of the rows, what each column that adds up comes to; None where no row tells.

    A frame without a currency has none, and one in sections has none, because each of its sections is the whole again.
    Rows without a currency are left out.
    """
    if "section" in frame.names or "currency" not in frame.names or not any(adds_up(one) and one.is_decimal for one in frame.columns):
        return {}
    position = frame.names.index("currency")
    groups: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for row in frame.rows:
        if row[position] is not None:
            groups[row[position]].append(row)
    summed = [(index, column.name) for index, column in enumerate(frame.columns) if adds_up(column)]
    return {currency: {name: _sum([row[index] for row in rows]) for index, name in summed} for currency, rows in groups.items()}


def _sum(values: Sequence[Any]) -> Any:
    known = [value for value in values if value is not None]
    if not known:
        return None
    return sum(known) if isinstance(known[0], int) else exact_sum(known)
