"""Frames as assistants get them: columns with units, rows whose money is text with all its digits, and what was left out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, Field

from analytics.frame import Column, Frame
from analytics.writers.cells import machine_text

MOST_ROWS = 1000
_UNITS = {"currency": "ISO 4217 code", "request_count": "requests", "unit_price": "row's currency, per token or request"}
_ENDINGS = {
    "_ratio": "ratio, 1 is 100 %",
    "_tokens": "tokens",
    "per_request": "row's currency, per request",
    "per_million_tokens": "row's currency, per million tokens",
    "_cost": "row's currency",
    "_date": "day at the account's own offset from UTC",
    "days": "days",
    "hours": "hours",
    "_count": "count",
}


class Described(BaseModel):
    """A column."""

    name: str
    type: str = Field(description="SQL type; decimals come as text, with every digit")
    unit: str = Field(description="empty where it has none; amounts are in the row's own currency, and must not be added across currencies")


class Answer(BaseModel):
    """Rows, and what must be said beside them."""

    name: str
    columns: list[Described]
    rows: list[list[str | int | float | bool | None]]
    row_count: int = Field(description="how many rows the whole answer has")
    next_offset: int | None = Field(description="where to go on; null after the last row")
    notes: list[str] = Field(description="limits of the evidence; tell them with the figures")


def answer(frame: Frame, notes: Sequence[str], limit: int, offset: int) -> Answer:
    """Some rows of a frame, from `offset` on."""
    shown = frame.rows[offset : offset + limit]
    end = offset + len(shown)
    return Answer(
        name=frame.name,
        columns=[Described(name=column.name, type=column.type, unit=unit(column)) for column in frame.columns],
        rows=[[_cell(value) for value in row] for row in shown],
        row_count=len(frame.rows),
        next_offset=end if end < len(frame.rows) else None,
        notes=list(notes),
    )


def unit(column: Column) -> str:
    """What the values of a column are counted in."""
    if column.name in _UNITS or not column.is_number:
        return _UNITS.get(
            column.name, "naive UTC" if column.type.startswith("TIMESTAMP") else _ending(column) if column.type == "DATE" else ""
        )
    return _ending(column)


def _ending(column: Column) -> str:
    return next((unit for ending, unit in _ENDINGS.items() if column.name.endswith(ending)), "row's currency" if column.is_decimal else "")


def _cell(value: Any) -> Any:
    if isinstance(value, (Decimal, date, datetime)):
        return machine_text(value)
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)
