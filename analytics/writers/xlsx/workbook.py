"""A workbook and its sheets while they are written; every cell is checked, because XlsxWriter returns its errors."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from analytics.core.columns import spec
from analytics.core.document import Document
from analytics.core.errors import AnalyticsError
from analytics.core.frame import Column
from analytics.core.money import rounded
from analytics.writers.cells import machine_text

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

COST_PLACES = 9
PRICE_PLACES = 15
LONGEST_TEXT = 32_767
FIRST_DAY = date(1900, 3, 1)
"""Before this day, spreadsheets do not agree on dates."""

MONEY = "[>=0.005]#,##0.00;[<=-0.005]-#,##0.00;0.00#######"
"""Two decimals, and more where less than half a cent would show as zero."""
_PRICES = {"currency of the row per token": "0.000000000000"}
_LEFT = {"align": "left", "indent": 1}
"""The format of text: indented, apart from a number before it."""
A4 = 9


class Book:
    """A workbook, the document that is written into it, and the formats of its cells."""

    def __init__(self, workbook: Workbook, document: Document) -> None:
        self.workbook = workbook
        self.document = document
        self.look = cache(self._look)

    def _look(self, number: str = "General", **properties: Any) -> Format:
        """The cell format of some properties, cached by `look`."""
        return self.workbook.add_format({"num_format": number, "font_name": "Arial", "font_size": 10, "valign": "top", **properties})

    def sheet(self, title: str) -> Sheet:
        """A new sheet, set up for A4: landscape, as wide as the page, with its title and page numbers in the footer."""
        return Sheet(self, self.workbook.add_worksheet(title))


class Sheet:
    """A sheet whose cells are written or raise AnalyticsError, and are never left out silently."""

    def __init__(self, book: Book, worksheet: Worksheet) -> None:
        self.book = book
        self.worksheet = worksheet
        self.title = str(worksheet.get_name())
        worksheet.set_landscape()
        worksheet.set_paper(A4)
        worksheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        worksheet.fit_to_pages(1, 0)
        worksheet.hide_gridlines(2)
        worksheet.set_footer(f"&L&8{book.document.title}&C&8&A&R&8Page &P of &N")

    def text(self, row: int, column: int, text: str, **properties: Any) -> None:
        """Write a cell of text, never a formula, shortened to LONGEST_TEXT characters."""
        shortened = text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
        self._checked(self.worksheet.write_string(row, column, shortened, self.book.look(**{**_LEFT, **properties})), row)

    def formula(self, row: int, column: int, formula: str, value: float | str, number: str = "General", **properties: Any) -> None:
        """Write a cell with a formula, and its value for readers that do not calculate."""
        self._checked(
            self.worksheet.write_formula(
                row, column, formula, self.book.look(number, **{**(_LEFT if isinstance(value, str) else {}), **properties}), value
            ),
            row,
        )

    def link(self, row: int, column: int, title: str) -> None:
        """Write a link to another sheet of this workbook."""
        look = self.book.look(font_color="#0B63B0", underline=1, **_LEFT)
        self._checked(self.worksheet.write_url(row, column, f"internal:'{title}'!A1", look, title), row)

    def value(self, row: int, column: int, kind: Column, value: Any, **properties: Any) -> None:
        """Write a value of a column: a number, a day, a truth value or text; a missing value is a blank cell."""
        if value is None:
            if properties:
                self._checked(self.worksheet.write_blank(row, column, None, self.book.look(number(kind), **properties)), row)
            return
        if isinstance(value, bool):
            self._checked(self.worksheet.write_boolean(row, column, value, self.book.look(**_LEFT, **properties)), row)
        elif isinstance(value, (Decimal, int, float)) and math.isfinite(value):
            written = self.worksheet.write_number(row, column, figure(kind, value), self.book.look(number(kind), **properties))
            self._checked(written, row)
        elif isinstance(value, date) and date(value.year, value.month, value.day) >= FIRST_DAY:
            look = self.book.look(number(kind), **_LEFT, **properties)
            self._checked(self.worksheet.write_datetime(row, column, value, look), row)
        else:
            self.text(row, column, machine_text(value), **properties)

    def _checked(self, code: int, row: int) -> None:
        if code:
            raise AnalyticsError("xlsx", f"sheet {self.title} cannot hold its row {row + 1}", "write CSV, or ask for fewer days")


def figure(column: Column, value: Decimal | float) -> float:
    """A number as a float: costs rounded to COST_PLACES decimals, prices to PRICE_PLACES, other numbers unchanged."""
    if isinstance(value, Decimal):
        return float(rounded(value, COST_PLACES if spec(column).adds_up else PRICE_PLACES))
    return float(value)


def number(column: Column) -> str:
    """The number format of a column."""
    column_spec = spec(column)
    if column.is_decimal:
        return MONEY if column_spec.adds_up else _PRICES.get(column_spec.unit or "", "#,##0.0000########")
    if column.type == "DATE":
        return "yyyy-mm-dd"
    if column.type == "TIMESTAMP":
        return "yyyy-mm-dd hh:mm"
    if column.type in ("DOUBLE", "FLOAT"):
        return {"ratio": "0.0%", "price": "#,##0.000000"}.get(column_spec.kind, "#,##0.0")
    return "0" if column_spec.kind == "identifier" else "#,##0" if column.is_number else "General"
