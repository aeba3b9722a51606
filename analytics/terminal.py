"""What people read on a terminal: frames as tables, receipts and checks as sentences; programs read the other formats."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from analytics.frame import Column, Frame
from analytics.money import EXACT, readable, rounded
from analytics.period import days_text
from analytics.receipts import Receipt, Total

SHOWN_DIFFERENCES = 10


def table(frame: Frame, width: int | None = None) -> str:
    """The frame as a table with totals per currency; money exact, ratios rounded."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = [index for index, column in enumerate(frame.columns) if _worth_showing(frame, index, column)]
    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for index in shown:
        column = frame.columns[index]
        drawn.add_column(Text(_heading(column.name)), justify="right" if column.is_number else "left", no_wrap=column.is_number)
    for row in frame.rows:
        drawn.add_row(*(Text(_cell(frame.columns[index], row[index])) for index in shown))
    totals = _totals(frame)
    if totals:
        drawn.add_section()
    for row in totals:
        drawn.add_row(*(Text(_cell(frame.columns[index], row[index])) for index in shown), style="bold")
    console = Console(width=width, soft_wrap=False, highlight=False, markup=False)
    with console.capture() as capture:
        console.print(drawn if frame.rows else "no rows")
    return capture.get()


def _worth_showing(frame: Frame, index: int, column: Column) -> bool:
    """A column of dates that want attention is shown only when there are some."""
    return not column.name.endswith("_dates") or any(row[index] for row in frame.rows)


def _heading(name: str) -> str:
    return name.replace("_", " ")


def _cell(column: Column, value: Any) -> str:
    if value is None:
        return "–" if column.is_number else ""
    if isinstance(value, Decimal):
        return readable(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.1%}" if column.name.endswith("_ratio") else readable(rounded(Decimal(repr(value)), 6), 2)
    if isinstance(value, int) and column.name.endswith(("_tokens", "_count", "quantity", "_rows")):
        return f"{value:,}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}Z"
    text = value.isoformat() if isinstance(value, date) else str(value)
    return "".join(c if c.isprintable() else "�" for c in text)


def _totals(frame: Frame) -> list[tuple[Any, ...]]:
    """One row per currency with the sums of what can be added up; only where several rows share a currency."""
    if "currency" not in frame.names or not any(name.endswith("_cost") and not name.startswith("cost_per") for name in frame.names):
        return []
    position = frame.names.index("currency")
    groups: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for row in frame.rows:
        groups[row[position]].append(row)
    totals = []
    for currency, rows in groups.items():
        if len(rows) > 1:
            sums = [_sum(column, [row[index] for row in rows]) for index, column in enumerate(frame.columns)]
            sums[position] = currency
            sums[0] = "total" if position else currency
            totals.append(tuple(sums))
    return totals


def _sum(column: Column, values: Sequence[Any]) -> Any:
    known = [value for value in values if value is not None]
    if not column.name.endswith(("_cost", "_tokens", "_count", "variance")) or column.type == "DOUBLE":
        return None if column.is_number else ""
    if not known:
        return None
    if isinstance(known[0], Decimal):
        total = Decimal(0)
        for value in known:
            total = EXACT.add(total, value)
        return total
    return sum(known)


def receipt_text(receipt: Receipt) -> str:
    """The receipt of one import in lines."""
    if receipt.status == "duplicate":
        return f"{receipt.source_name}: already imported as number {receipt.import_id}; nothing was changed\n"
    lines = [f"{receipt.source_name}: import {receipt.import_id}"]
    lines += [f"  {name:<11} {text}" for name, text in _facts(receipt)]
    return "\n".join(lines) + "\n"


def _facts(receipt: Receipt) -> Iterable[tuple[str, str]]:
    cost = "no cost file" if receipt.cost_rows is None else f"{receipt.cost_rows:,} cost rows"
    yield "layout", f"{receipt.layout}, {receipt.amount_rows:,} amount rows, {cost}"
    if receipt.account is None:
        yield "days", "none: the export is empty"
        return
    yield "account", receipt.account
    yield "days", f"{receipt.first_date} to {receipt.last_date} at UTC{receipt.utc_offset}: {_count(receipt.day_count, 'day')} with rows, {receipt.owned_days} owned"
    if receipt.partial_dates:
        yield "partial", f"{days_text(receipt.partial_dates)}: in progress when exported ({receipt.exported_at:%Y-%m-%d %H:%M}Z, {receipt.exported_at_basis})"
    for total in receipt.totals:
        yield "total", _total(total)
    yield "reconciled", "yes, to the last digit" if receipt.is_reconciled else f"no: {_count(len(receipt.differences), 'difference')}"
    for difference in receipt.differences[:SHOWN_DIFFERENCES]:
        amount = "" if difference.variance is None else f" by {readable(difference.variance)} {difference.currency}"
        yield "", f"{difference.charge_date} {difference.model}{amount}: {difference.reason}"
    if len(receipt.differences) > SHOWN_DIFFERENCES:
        yield "", f"and {len(receipt.differences) - SHOWN_DIFFERENCES} more: keyspend report reconciliation"
    for other, dates in receipt.replaced.items():
        yield "replaced", f"{_count(len(dates), 'day')} of import {other}: {days_text(dates)}"
    for other, dates in receipt.kept.items():
        yield "left", f"{_count(len(dates), 'day')} to import {other}, which knows more: {days_text(dates)}"
    for finding in receipt.findings:
        yield "note", f"{finding.code}: {finding.text}"


def _total(total: Total) -> str:
    if total.billed_cost is None:
        return f"{readable(total.computed_cost)} {total.currency} computed"
    text = f"{readable(total.billed_cost)} {total.currency} billed, {readable(total.computed_cost)} computed"
    return text if not total.variance else f"{text}, variance {readable(total.variance)}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
