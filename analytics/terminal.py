"""What people read on a terminal: frames as tables, receipts and checks as sentences; programs read the other formats."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from analytics import telling
from analytics.frame import Column, Frame
from analytics.money import EXACT, exact_sum, readable
from analytics.receipts import Receipt

UNLIMITED = 100_000
LEAST_TEXT = 8
BETWEEN = 3
_MASK = re.compile(r"\*{4,}")


def table(frame: Frame, width: int | None = None) -> str:
    """The frame as a table of `width` characters at most, with totals per currency; money exact, ratios rounded.

    Numbers keep all their digits; where space is short, names give way.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = [index for index, column in enumerate(frame.columns) if _worth_showing(frame, index, column)]
    columns = [frame.columns[index] for index in shown]
    totals = _totals(frame)
    places = {index: _places(row[index] for row in frame.rows) for index in shown if frame.columns[index].is_decimal}
    body, feet = (
        [[_cell(frame.columns[index], row[index], places.get(index, 0)) for index in shown] for row in rows]
        for rows in (frame.rows, totals)
    )
    widths = _widths(columns, [_needed(column, [row[at] for row in body + feet]) for at, column in enumerate(columns)], width)
    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for column, size in zip(columns, widths, strict=True):
        drawn.add_column(Text(_heading(column)), justify="right" if column.is_number else "left", vertical="bottom", width=size)
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


def _heading(column: Column) -> str:
    return column.name.replace("_", " ")


def _needed(column: Column, cells: Sequence[str]) -> int:
    """The width that shows every cell whole, and the heading with a word per line."""
    from rich.cells import cell_len

    return max(cell_len(text) for text in [*cells, *_heading(column).split()])


def _widths(columns: Sequence[Column], needed: list[int], width: int | None) -> list[int]:
    """The widths of the columns in a table of `width`: the widest text gives way first, numbers never."""
    widths = list(needed)
    excess = sum(widths) + BETWEEN * len(widths) - (width or UNLIMITED)
    texts = [at for at, column in enumerate(columns) if not column.is_number]
    for _ in range(max(0, excess)):
        widest = max(texts, key=lambda at: widths[at], default=None)
        if widest is None or widths[widest] <= LEAST_TEXT:
            break
        widths[widest] -= 1
    return widths


def _worth_showing(frame: Frame, index: int, column: Column) -> bool:
    """A column without a word in it is not shown; a missing number is told by a dash."""
    return column.is_number or any(row[index] is not None for row in frame.rows)


def _places(values: Iterable[Decimal | None]) -> int:
    """How many decimal places show every digit of a column, so that its points stand below each other."""
    return max(
        [2]
        + [-exponent for value in values if value for exponent in [value.normalize(EXACT).as_tuple().exponent] if isinstance(exponent, int)]
    )


def _cell(column: Column, value: Any, places: int) -> str:
    if value is None:
        return "–" if column.is_number else ""
    if isinstance(value, Decimal):
        return readable(value, places)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return (
            f"{value:.1%}" if column.name.endswith("_ratio") else f"{value:,.6f}" if column.name.startswith("cost_per") else f"{value:,.1f}"
        )
    if isinstance(value, int):
        return f"{value:,}" if not column.name.endswith("_id") else str(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}Z"
    return _text(column, value.isoformat() if isinstance(value, date) else str(value))


def _text(column: Column, text: str) -> str:
    """Anybody's text on one line; masks and hashes shortened to what tells them apart."""
    if column.name == "sha256":
        return text[:12]
    if column.name == "api_key":
        return _MASK.sub("…", text)
    return "".join(character if character.isprintable() else "�" for character in text)


def _totals(frame: Frame) -> list[tuple[Any, ...]]:
    """One row per currency with the sums of what can be added up, where a currency has several rows.

    Of a frame in sections, each is a whole of its own.
    """
    amounts = any(_adds_up(column) and column.is_decimal for column in frame.columns)
    if not amounts or "section" in frame.names or "currency" not in frame.names:
        return []
    position = frame.names.index("currency")
    groups: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for row in frame.rows:
        groups[row[position]].append(row)
    if len(groups) == len(frame.rows):
        return []
    return [_total_row(frame, position, currency, rows) for currency, rows in groups.items()]


def _total_row(frame: Frame, position: int, currency: str, rows: Sequence[tuple[Any, ...]]) -> tuple[Any, ...]:
    sums = [_sum([row[index] for row in rows]) if _adds_up(column) else "" for index, column in enumerate(frame.columns)]
    sums[position] = currency
    sums[0] = "total"
    return tuple(sums)


def _adds_up(column: Column) -> bool:
    return column.type != "DOUBLE" and column.name.endswith(("_cost", "_tokens", "_count", "variance"))


def _sum(values: Sequence[Any]) -> Any:
    known = [value for value in values if value is not None]
    if not known:
        return None
    if isinstance(known[0], Decimal):
        return exact_sum(known)
    return sum(known)


def receipt_text(receipt: Receipt) -> str:
    """The receipt of one import in lines."""
    told = [f"{receipt.source_name}: {telling.headline(receipt)}"]
    told += [f"  {label or ''!s:<11} {sentence}" for label, sentence in telling.lines(receipt)]
    return "\n".join(told) + "\n"
