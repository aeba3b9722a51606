"""One page that needs nothing else: no script, no request, charts inside; to be read on a screen, mailed, and printed on A4.

Amounts are rounded to the cent for the eye, or shown whole where a cent is more than there is; each cell also holds its exact value.
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
"""How many cells a page shows at first; half as many as long as it is too large."""


def write(document: Document) -> bytes:
    """The document as UTF-8 HTML of less than MOST_BYTES: of long sections the first rows, which it says, with totals of all."""
    cells = MOST_CELLS
    while len(page := _page(document, cells)) >= MOST_BYTES:
        cells //= 2
    return page


def _page(document: Document, cells: int) -> bytes:
    shown = _shares([len(section.frame.rows) * len(section.frame.columns) for section in document.sections], cells)
    sections = [_section(section, share) for section, share in zip(document.sections, shown, strict=True)]
    return _template().render(document=document, sections=sections, style=_text("page.css")).encode()


def _section(section: Section, cells: int) -> dict[str, object]:
    rows = max(1, cells // max(len(section.frame.columns), 1))
    return {"section": section, "chart": charts.drawn(section), "table": table.made(section.frame, rows)}


def _shares(wanted: Sequence[int], room: int) -> list[int]:
    """Room for each: what it wants where that is little, and for the others equal parts of what is left.

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
