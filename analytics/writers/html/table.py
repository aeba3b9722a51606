"""A frame as the cells of an HTML table: text, classes, and the exact value where the text is rounded."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from analytics.analysis.totals import totals
from analytics.core import formatting
from analytics.core.columns import spec
from analytics.core.frame import Column, Frame
from analytics.core.money import readable, rounded
from analytics.core.spreadsheet_text import escape_formula
from analytics.writers.cells import machine_text

LONGEST = 96
ONE_LINE = 28
WORD_JOINER = "\u2060"
"""Has no width; a spreadsheet treats a cell that begins with it as text."""
CENT = 2


@dataclass(frozen=True)
class Cell:
    """A cell: its text, its CSS classes (`look`), and its exact value where the text is rounded."""

    text: str
    look: str
    exact: str | None = None


@dataclass(frozen=True)
class Table:
    """The heading, the rows shown, the totals per currency, and the number of all rows."""

    head: list[Cell]
    body: list[list[Cell]]
    foot: list[list[Cell]]
    count: int


def frame_table(frame: Frame, most_rows: int) -> Table:
    """The table of the first `most_rows` rows of a frame, without empty columns, and with the totals of all rows."""
    positions = formatting.shown_columns(frame) if frame.rows else list(range(len(frame.columns)))
    columns = [frame.columns[index] for index in positions]
    head = [Cell(inert(formatting.heading(column)), _look(column)) for column in columns]
    body = [[cell(frame.columns[index], row[index]) for index in positions] for row in frame.rows[:most_rows]]
    sums_by_currency = totals(frame)
    has_totals = len(sums_by_currency) < len(frame.rows)
    feet = [_total(columns, currency, sums) for currency, sums in sums_by_currency.items()] if has_totals else []
    return Table(head, body, feet, len(frame.rows))


def _total(columns: list[Column], currency: str, sums: dict[str, Any]) -> list[Cell]:
    cells: list[Cell] = []
    for column in columns:
        if column.name == "currency":
            cells.append(Cell(currency, "text"))
        else:
            cells.append(cell(column, sums[column.name]) if column.name in sums else Cell("" if cells else "total", _look(column)))
    return cells


def cell(column: Column, value: Any) -> Cell:
    """The cell of one value: amounts rounded to the cent, long text shortened to LONGEST characters."""
    if isinstance(value, Decimal) and spec(column).adds_up:
        return Cell(_amount(value), "number negative" if value < 0 else "number", machine_text(value))
    text = formatting.cell(column, value)
    exact = machine_text(value) if isinstance(value, Decimal | float) or (value and spec(column).kind == "file_hash") else None
    look = _look(column) if len(text) <= ONE_LINE else f"{_look(column)} long"
    shown = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    return Cell(inert(shown) if isinstance(value, str) else shown, look, exact)


def inert(text: str) -> str:
    """Text that looks the same and that a spreadsheet which opens the page does not evaluate."""
    return f"{WORD_JOINER}{text}" if escape_formula(text) != text else text


def _look(column: Column) -> str:
    return "number" if column.is_number else "text"


def _amount(value: Decimal) -> str:
    """An amount to the cent; exact where that would be zero."""
    cents = rounded(value, CENT)
    return f"{cents:,f}" if cents or not value else readable(value)
