"""A frame as a table of text, for people at a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analytics.analysis.totals import totals
from analytics.core import formatting
from analytics.core.frame import Column, Frame

UNLIMITED = 100_000
LEAST_TEXT = 8
BETWEEN = 3


def table(frame: Frame, width: int | None = None) -> str:
    """The frame as a table of at most `width` characters, with totals per currency; money exact, ratios rounded.

    Where space is short, text is cut to as few as LEAST_TEXT characters, and numbers never; a table of many numbers can be wider.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = formatting.shown_columns(frame)
    columns = [frame.columns[index] for index in shown]
    places = {index: formatting.places(row[index] for row in frame.rows) for index in shown if frame.columns[index].is_decimal}
    body, feet = (
        [[formatting.cell(frame.columns[index], row[index], places.get(index, 0)) for index in shown] for row in rows]
        for rows in (frame.rows, _totals(frame))
    )
    widths = _widths(columns, [_needed(column, [row[at] for row in body + feet]) for at, column in enumerate(columns)], width)
    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for column, size in zip(columns, widths, strict=True):
        drawn.add_column(Text(formatting.heading(column)), justify="right" if column.is_number else "left", vertical="bottom", width=size)
    for row in body:
        drawn.add_row(*(Text(cell, no_wrap=True, overflow="ellipsis") for cell in row))
    if feet:
        drawn.add_section()
    for row in feet:
        drawn.add_row(*(Text(cell, no_wrap=True) for cell in row), style="bold")
    console = Console(width=UNLIMITED, highlight=False, markup=False)
    with console.capture() as capture:
        console.print(drawn if frame.rows else Text("no rows"))
    return "".join(f"{line.rstrip()}\n" for line in capture.get().strip("\n").splitlines())


def _needed(column: Column, cells: Sequence[str]) -> int:
    """The width in terminal cells that shows every cell whole, and the heading with a word per line."""
    from rich.cells import cell_len

    return max(cell_len(text) for text in [*cells, *formatting.heading(column).split()])


def _widths(columns: Sequence[Column], needed: list[int], width: int | None) -> list[int]:
    """The widths of the columns in a table of `width`: the widest text is narrowed first, numbers never."""
    widths = list(needed)
    excess = sum(widths) + BETWEEN * len(widths) - (width or UNLIMITED)
    texts = [at for at, column in enumerate(columns) if not column.is_number]
    for _ in range(max(0, excess)):
        widest = max(texts, key=lambda at: widths[at], default=None)
        if widest is None or widths[widest] <= LEAST_TEXT:
            break
        widths[widest] -= 1
    return widths


def _totals(frame: Frame) -> list[tuple[Any, ...]]:
    """One row per currency with the sums of additive columns, where a currency has several rows."""
    sums_by_currency = totals(frame)
    has_totals = len(sums_by_currency) < len(frame.rows)
    return [_total_row(frame, currency, sums) for currency, sums in sums_by_currency.items()] if has_totals else []


def _total_row(frame: Frame, currency: str, sums: dict[str, Any]) -> tuple[Any, ...]:
    values = dict.fromkeys(frame.names, "") | sums | {"currency": currency, frame.names[0]: "total"}
    return tuple(values.values())
