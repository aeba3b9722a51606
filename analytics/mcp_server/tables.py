"""Frames as the structured answers of tools: columns with units, and a page of rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import reduce
from math import isfinite
from pathlib import Path
from typing import Any

from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

from analytics.core.columns import CURRENCIES, spec
from analytics.core.errors import UsageError
from analytics.core.frame import Column, Frame
from analytics.writers.cells import machine_text

PAGE_ROWS = 200
"""The default number of rows of a page."""
MOST_ROWS = 1_000
"""The most rows of a page."""
PAGE_CHARACTERS = 200_000
"""The most characters of the rows of a page, as JSON: the context of an assistant is limited."""
EXACT_IN_JSON = 2**53
"""Integers from this on are text: many readers of JSON would round them."""


class DescribedColumn(TypedDict):
    """A column: its name, its SQL type, and what its values are in."""

    name: str
    type: str
    kind: str
    unit: str | None


class Table(TypedDict):
    """Rows in the order of the columns; `row_count` is that of all pages, None where it is not known, `next_offset` None on the last."""

    columns: list[DescribedColumn]
    currency_column: str | None
    rows: list[list[Any]]
    row_count: int | None
    offset: int
    next_offset: int | None


_KINDS = {"identifier": "number", "code": "text", "mask": "text", "file_hash": "text"}
"""Kind for display: kind for assistants."""


def columns(frame_columns: Sequence[Column]) -> list[DescribedColumn]:
    """The columns of a frame with their types, kinds and units."""
    specs = [(column, spec(column)) for column in frame_columns]
    return [
        {"name": column.name, "type": column.type, "kind": _KINDS.get(column_spec.kind, column_spec.kind), "unit": column_spec.unit}
        for column, column_spec in specs
    ]


def table(frame: Frame, limit: int, offset: int, *, is_whole: bool = True) -> Table:
    """The page of at most `limit` rows from row `offset`; the `row_count` of a frame that is not whole is None.

    Raises UsageError for a limit or an offset outside its range, and for a row longer than PAGE_CHARACTERS.
    """
    if not 1 <= limit <= MOST_ROWS or offset < 0:
        raise UsageError("page", f"a page of {limit} rows from {offset} cannot be", f"limit: 1 to {MOST_ROWS}, offset: from 0")
    rows = _fitting([_json(value) for value in row] for row in frame.rows[offset : offset + limit])
    end = offset + len(rows)
    return {
        "columns": columns(frame.columns),
        "currency_column": next((name for name in CURRENCIES if name in frame.names), None),
        "rows": rows,
        "row_count": len(frame.rows) if is_whole else None,
        "offset": offset,
        "next_offset": end if end < len(frame.rows) else None,
    }


def _fitting(rows: Iterable[list[Any]]) -> list[list[Any]]:
    """The first rows, up to PAGE_CHARACTERS as JSON. Raises UsageError where the first row alone is longer."""
    fitting: list[list[Any]] = []
    remaining = PAGE_CHARACTERS
    for row in rows:
        remaining -= len(json.dumps(row, ensure_ascii=False))
        if remaining >= 0:
            fitting.append(row)
        elif fitting:
            break
        else:
            raise UsageError(
                "row-long", f"one row is longer than {PAGE_CHARACTERS:,} characters", "ask for fewer columns, or for a part of them"
            )
    return fitting


def _json(value: Any) -> Any:
    """A value for JSON, exact in any reader: decimals and large integers are text at full scale."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if isinstance(value, int):
        return value if abs(value) < EXACT_IN_JSON else str(value)
    if isinstance(value, list | tuple):
        return [_json(part) for part in value]
    if isinstance(value, dict):
        return {str(name): _json(part) for name, part in value.items()}
    return machine_text(value) if isinstance(value, Decimal | date) else str(value)


def without_folders(rows: list[list[Any]], root: Path) -> list[list[Any]]:
    """The rows with `(folder)` for each path of `root`, the working directory and the home directory, which DuckDB's catalog contains."""
    folders = [str(folder) for folder in (root, root.resolve(), Path.cwd(), Path.home()) if len(folder.parts) > 1]
    return [[_without(value, folders) for value in row] for row in rows]


def _without(value: Any, folders: list[str]) -> Any:
    if isinstance(value, list):
        return [_without(part, folders) for part in value]
    if isinstance(value, dict):
        return {name: _without(part, folders) for name, part in value.items()}
    return reduce(lambda text, folder: text.replace(folder, "(folder)"), folders, value) if isinstance(value, str) else value
