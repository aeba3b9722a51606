"""A section as a sheet: title, heading, rows with a filter, and per currency a live total, the computed total and their check."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from analytics.analysis.totals import totals
from analytics.core import formatting
from analytics.core.document import Section
from analytics.core.errors import UsageError
from analytics.core.frame import Frame
from analytics.writers.xlsx.workbook import Book, Sheet, figure, number

MOST_ROWS = 1_048_000
"""The rows of a sheet (1,048,576), less room for a heading and totals."""
CHECK_PLACES = 4
"""The decimals of a check, which the rounding of fewer than 100,000 costs does not reach."""
NARROWEST, WIDEST, HASH = 9, 46, 72
MEASURED_ROWS = 2_000
FROZEN_WIDTH = 60
HEADED = {"bold": True, "bg_color": "#E8EEF4", "bottom": 1, "text_wrap": True, "valign": "vcenter"}
RIGHT = {"align": "right", "indent": 0}
SUMMED = {"bold": True, "top": 1}
CHECKED = {"font_color": "#4A5560", "italic": True}
_CHECK_NUMBER = "0.0000;[Red]-0.0000;0.0000"


@dataclass(frozen=True)
class Totalled:
    """The live total of a currency on a sheet: its cells and their values by column, and the range of its checks."""

    sheet: str
    currency: str
    cells: dict[str, str]
    values: dict[str, float]
    checks: str


def write(book: Book, sheet: Sheet, section: Section) -> list[Totalled]:
    """Write a section from the first row of its sheet on; return its totals. Raises UsageError for more than MOST_ROWS rows."""
    if len(section.frame.rows) > MOST_ROWS:
        message = f"a sheet holds {MOST_ROWS:,} rows, and {section.title} has {len(section.frame.rows):,}"
        raise UsageError("xlsx-rows", message, "write CSV or Parquet, or ask for fewer days")
    sheet.text(0, 0, section.title, bold=True, font_size=14, font_color="#0B4F8A")
    sheet.text(1, 0, subtitle(book, section), font_color="#4A5560")
    for line, note in enumerate(section.notes):
        sheet.text(2 + line, 0, note, font_color="#4A5560", italic=True)
    return body(sheet, section.frame, 3 + len(section.notes), is_whole=True)


def subtitle(book: Book, section: Section) -> str:
    """The line below the title: the period, the account and the currency of a section."""
    values = [value for name, value in book.document.facts if name in ("Period", "Account")]
    return " · ".join([*values, *([section.currency] if section.currency else [])])


def body(sheet: Sheet, frame: Frame, top: int, *, is_whole: bool = False) -> list[Totalled]:
    """Write the heading at row `top`, the rows and the totals; return the totals. With `is_whole` also panes, filter and widths."""
    for index, column in enumerate(frame.columns):
        sheet.text(top, index, formatting.heading(column).capitalize(), **HEADED, **(RIGHT if column.is_number else {}))
    for row, values in enumerate(frame.rows, top + 1):
        for index, value in enumerate(values):
            sheet.value(row, index, frame.columns[index], value)
    end = top + max(len(frame.rows), 1)
    if not frame.rows:
        sheet.text(top + 1, 0, "no rows", font_color="#4A5560")
    if is_whole:
        _lay_out(sheet, frame, top, end)
    return [_total(sheet, frame, top, end, 3 * at, total) for at, total in enumerate(totals(frame).items())] if frame.rows else []


def _lay_out(sheet: Sheet, frame: Frame, top: int, end: int) -> None:
    """Set panes, filter, widths, and the heading on every page."""
    wide = widths(frame)
    for index, width in enumerate(wide):
        sheet.worksheet.set_column(index, index, width)
    sheet.worksheet.freeze_panes(top + 1, _frozen(frame, wide))
    sheet.worksheet.autofilter(top, 0, end, len(frame.columns) - 1)
    sheet.worksheet.repeat_rows(top)
    sheet.worksheet.set_row(top, 15 * max((_lines(frame, index, width) for index, width in enumerate(wide)), default=1) + 4)


def _lines(frame: Frame, index: int, width: float) -> int:
    """The number of lines of a heading in a column of `width` characters."""
    lines, room = 1, width - 1
    for word in formatting.heading(frame.columns[index]).split():
        room -= len(word) + 1
        if room < 0:
            lines, room = lines + 1, width - 2 - len(word)
    return lines


def _total(sheet: Sheet, frame: Frame, top: int, end: int, below: int, total: tuple[str, dict[str, Any]]) -> Totalled:
    """Write the three rows of a currency: the live sum, the sum of the exact amounts, and the difference; return the live total."""
    from xlsxwriter.utility import xl_range, xl_range_abs, xl_rowcol_to_cell

    currency, sums = total
    live, computed, check = range(end + 2 + below, end + 5 + below)
    place = frame.names.index("currency")
    for row, (label, look) in zip((live, computed, check), _labels(), strict=True):
        for index in range(len(frame.columns)):
            sheet.value(row, index, frame.columns[index], None, **look)
        sheet.text(row, place, currency, **look)
        sheet.text(row, 0 if place else 1, label, **look)
    cells, values = {}, {}
    for index, column in enumerate(frame.columns):
        if column.name not in sums:
            continue
        rows, value = xl_range(top + 1, index, end, index), figure(column, sums[column.name] or 0)
        named = f"{xl_range_abs(top + 1, place, end, place)},{xl_rowcol_to_cell(live, place)}"
        sheet.formula(live, index, f"=SUMIFS({rows},{named})", value, number(column), **SUMMED)
        sheet.value(computed, index, column, sums[column.name] or 0, **CHECKED)
        above = f"{xl_rowcol_to_cell(live, index)}-{xl_rowcol_to_cell(computed, index)}"
        sheet.formula(check, index, f"=ROUND({above},{CHECK_PLACES})", 0, _CHECK_NUMBER if column.is_decimal else "0", **CHECKED)
        cells[column.name], values[column.name] = xl_rowcol_to_cell(live, index, row_abs=True, col_abs=True), value
    return Totalled(sheet.title, currency, cells, values, xl_range_abs(check, 0, check, len(frame.columns) - 1))


def _labels() -> Sequence[tuple[str, dict[str, Any]]]:
    return ("Total, live", SUMMED), ("Total, as computed", CHECKED), ("Check: live less computed", CHECKED)


def widths(frame: Frame) -> list[float]:
    """The width of each column in characters: that of its widest cell of the first MEASURED_ROWS rows, within limits."""
    return [_width(list(_shown(frame, index)), HASH if name == "sha256" else WIDEST) for index, name in enumerate(frame.names)]


def _shown(frame: Frame, index: int) -> Iterator[str]:
    column = frame.columns[index]
    yield from formatting.heading(column).split()
    for row in frame.rows[:MEASURED_ROWS]:
        value = row[index]
        yield value if isinstance(value, str) else f"{value:,.2f}" if isinstance(value, Decimal) else formatting.cell(column, value)
    if not index or (index == 1 and frame.names[0] == "currency"):
        yield from (label for label, _ in _labels() if totals(frame))


def _width(texts: list[str], widest: int) -> float:
    longest = max(sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text) for text in texts)
    return min(max(longest + 2, NARROWEST), widest)


def _frozen(frame: Frame, wide: Sequence[float]) -> int:
    """The number of leading columns of text that are frozen: as many as leave room for the numbers."""
    texts = next((index for index, column in enumerate(frame.columns) if column.is_number), 0)
    return next((count for count in range(texts, 0, -1) if sum(wide[:count]) <= FROZEN_WIDTH), 0)
