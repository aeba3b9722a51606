"""Where a month will end if its complete days are like the rest: exact and pure; it knows no weekday, and is no forecast."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import groupby
from typing import Any

from analytics.frame import Column, Frame
from analytics.money import EXACT, SCALE, exact_sum, quotient

_COLUMNS = (
    Column("billing_period", "VARCHAR"),
    Column("currency", "VARCHAR"),
    Column("month_to_date_cost", "DECIMAL(38,18)"),
    Column("remaining_cost", "DECIMAL(38,18)"),
    Column("projected_cost", "DECIMAL(38,18)"),
    Column("complete_days", "BIGINT"),
    Column("month_days", "BIGINT"),
    Column("last_date", "DATE"),
    Column("unreconciled_dates", "VARCHAR"),
)


def finish(frame: Frame) -> Frame:
    """From one row per account and currency, ordered by currency, to one per currency.

    Each account goes on at the pace of its own complete days. Where accounts differ, `complete_days` and `last_date` are of the
    one that is known least far.
    """
    rows = [_row(currency, list(parts)) for currency, parts in groupby(frame.records(), key=lambda row: row["currency"])]
    return Frame(frame.name, _COLUMNS, rows)


def remaining(spent: Decimal, complete_days: int, month_days: int) -> Decimal:
    """What the rest of a month costs, of which `complete_days` cost `spent`, at the same cost a day.

    >>> remaining(Decimal("30"), 10, 31)
    Decimal('63.000000000000000000')
    """
    return quotient(EXACT.multiply(spent, Decimal(month_days - complete_days)), complete_days, SCALE)


def _row(currency: str, parts: list[dict[str, Any]]) -> tuple[Any, ...]:
    spent = exact_sum(part["month_to_date_cost"] for part in parts)
    rest = exact_sum(remaining(part["month_to_date_cost"], part["complete_days"], part["month_days"]) for part in parts)
    return (
        parts[0]["billing_period"],
        currency,
        spent,
        rest,
        EXACT.add(spent, rest),
        min(part["complete_days"] for part in parts),
        parts[0]["month_days"],
        min(part["last_date"] for part in parts),
        _joined(part["unreconciled_dates"] for part in parts),
    )


def _joined(texts: Iterable[str | None]) -> str | None:
    return " ".join(sorted({day for text in texts if text for day in text.split()})) or None
