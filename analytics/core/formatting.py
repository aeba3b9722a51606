"""Text of single values for a terminal and for a page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from analytics.core.columns import spec
from analytics.core.frame import Column, Frame
from analytics.core.money import EXACT, readable

_MASK = re.compile(r"\*{4,}")
_FLOATS = {"ratio": ".1%", "price": ",.6f"}


def heading(column: Column) -> str:
    """Return the heading of a column: its name with spaces."""
    return column.name.replace("_", " ")


def shown_columns(frame: Frame) -> list[int]:
    """Return the positions of the columns to show: all columns of numbers, and those of text with any value."""
    return [index for index, column in enumerate(frame.columns) if column.is_number or any(row[index] is not None for row in frame.rows)]


def places(values: Iterable[Decimal | None]) -> int:
    """Return the decimal places that show every digit of a column, at least 2, so that its decimal points align."""
    return max(
        [2]
        + [-exponent for value in values if value for exponent in [value.normalize(EXACT).as_tuple().exponent] if isinstance(exponent, int)]
    )


def cell(column: Column, value: Any, least_places: int = 0) -> str:
    """Return a value of a column as text: money with all its digits, a missing number as a dash."""
    if value is None:
        return "–" if column.is_number else ""
    if isinstance(value, Decimal):
        return readable(value, least_places)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:{_FLOATS.get(spec(column).kind, ',.1f')}}"
    if isinstance(value, int):
        return str(value) if spec(column).kind == "identifier" else f"{value:,}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}Z"
    return _text(column, value.isoformat() if isinstance(value, date) else str(value))


def _text(column: Column, text: str) -> str:
    """Return untrusted text on one line, with masks and hashes shortened to the characters that differ."""
    kind = spec(column).kind
    if kind == "file_hash":
        return text[:12]
    if kind == "mask":
        return _MASK.sub("…", text)
    return "".join(character if character.isprintable() else "�" for character in text)
