"""A document as one self-contained HTML page with its charts as SVG, for screens, e-mail and print on A4; no script, no request.

Amounts are rounded to the cent, or shown exactly where that would round them to zero; each cell also has its exact value.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from analytics.core.document import Document, Section
from analytics.writers.html import charts, table

if TYPE_CHECKING:
    from jinja2 import Template

MOST_BYTES = 500_000
MOST_CELLS = 8_000
"""The most cells of a page, halved until the page is smaller than MOST_BYTES."""


def write(document: Document) -> bytes:
    """The document as UTF-8 HTML of less than MOST_BYTES: long sections have the first rows, the number of all, and totals of all."""
    cells = MOST_CELLS
    while len(page := _page(document, cells)) >= MOST_BYTES:
        cells //= 2
    return page


def _page(document: Document, most_cells: int) -> bytes:
    shares = _shares([len(section.frame.rows) * len(section.frame.columns) for section in document.sections], most_cells)
    sections = [_section(section, share) for section, share in zip(document.sections, shares, strict=True)]
    return _template().render(document=document, sections=sections, style=_text("page.css")).encode()


def _section(section: Section, most_cells: int) -> dict[str, object]:
    rows = max(1, most_cells // max(len(section.frame.columns), 1))
    return {"section": section, "chart": charts.section_svg(section), "table": table.frame_table(section.frame, rows)}


def _shares(wanted: Sequence[int], room: int) -> list[int]:
    """The share of `room` for each: all that it wants where that is little, and for the others equal parts of the rest.

    >>> _shares([10, 500, 90], 300)
    [10, 200, 90]
    """
    shares = [0] * len(wanted)
    for left, index in zip(range(len(wanted), 0, -1), sorted(range(len(wanted)), key=lambda index: wanted[index]), strict=True):
        shares[index] = min(wanted[index], room // left)
        room -= shares[index]
    return shares


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    environment.filters["inert"] = table.inert
    return environment.from_string(_text("page.html.j2"))


@cache
def _text(name: str) -> str:
    return files("analytics.writers.html").joinpath(name).read_text(encoding="utf-8")
