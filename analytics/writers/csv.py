"""RFC 4180 CSV: UTF-8, CRLF, a header, plain decimals, ISO dates, formulas escaped; by default without BOM, with commas and points."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from analytics.core.errors import UsageError, quoted
from analytics.core.frame import Frame
from analytics.core.spreadsheet_text import escape_formula
from analytics.writers.cells import machine_text

DELIMITERS = {",": ",", ";": ";", "|": "|", "tab": "\t", "\t": "\t"}
DECIMALS = (".", ",")
_NUMBERS = (Decimal, float)
_END = "\r\n"


@dataclass(frozen=True)
class Dialect:
    """The dialect of CSV that a spreadsheet reads: the delimiter of cells, the decimal point, and whether a BOM marks UTF-8."""

    delimiter: str = ","
    decimal: str = "."
    has_bom: bool = False


PLAIN = Dialect()


def dialect(delimiter: str | None = None, decimal: str | None = None, *, excel: bool = False) -> Dialect:
    """The dialect of a user's options; `delimiter` may be the word `tab`. Raises UsageError for an unknown or ambiguous one."""
    if delimiter is not None and delimiter not in DELIMITERS:
        raise UsageError("delimiter-unknown", f"cells cannot be parted by {quoted(delimiter)}", "known: ',' ';' '|' and tab")
    if decimal is not None and decimal not in DECIMALS:
        raise UsageError("decimal-unknown", f"a decimal cannot have {quoted(decimal)} for its point", "known: '.' and ','")
    chosen = Dialect(DELIMITERS[delimiter or ","], decimal or ".", excel)
    if chosen.delimiter == chosen.decimal:
        raise UsageError("decimal-parts", "a comma cannot both part cells and be the point of decimals", "add --delimiter ';'")
    return chosen


def write(frame: Frame, dialect: Dialect = PLAIN) -> bytes:
    """The frame as CSV in UTF-8; without rows, the header alone."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=dialect.delimiter, lineterminator=_END)
    writer.writerow([escape_formula(name) for name in frame.names])
    writer.writerows([cell(value, dialect) for value in row] for row in frame.rows)
    return text.getvalue().encode("utf-8-sig" if dialect.has_bom else "utf-8")


def cell(value: Any, dialect: Dialect = PLAIN) -> str:
    """One value as the text of its cell, before quoting; text that would be a formula is escaped."""
    if isinstance(value, str):
        return escape_formula(value)
    text = machine_text(value)
    return text.replace(".", dialect.decimal) if isinstance(value, _NUMBERS) else text


def enclosed(text: str) -> str:
    """The text of one of several cells in the plain dialect: in quotes where RFC 4180 requires them."""
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator=_END).writerow((text, ""))
    return line.getvalue().removesuffix(f",{_END}")
