"""A document as an xlsx workbook: a sheet per section with live totals and checks, text as text, and the same bytes for the same data.

Excel keeps 15 digits of a number, so costs are rounded to COST_PLACES and prices to PRICE_PLACES decimals; CSV has all digits.
"""

from __future__ import annotations

import io
from datetime import datetime, time
from typing import TYPE_CHECKING

from analytics.core.document import Document
from analytics.writers.xlsx import cover
from analytics.writers.xlsx.workbook import Book

if TYPE_CHECKING:
    from xlsxwriter import Workbook


def write(document: Document) -> bytes:
    """The document as an xlsx file: a sheet per section, with a cover before several, then notes.

    Raises UsageError for a section with more rows than a sheet can hold.
    """
    from analytics.writers.xlsx import table

    content = io.BytesIO()
    book = Book(_workbook(content, document), document)
    front = None if document.is_single else book.sheet(document.sections[0].title)
    sections = document.sections if front is None else document.sections[1:]
    written = [(section, table.write(book, book.sheet(section.title), section)) for section in sections]
    if front is not None:
        cover.write(book, front, [total for section, found in written if section.currency for total in found])
    cover.notes(book, book.sheet("Notes"))
    book.workbook.close()
    return content.getvalue()


def _workbook(target: io.BytesIO, document: Document) -> Workbook:
    """An empty workbook in which text never becomes a formula, a link or a number; its date is that of the document."""
    from xlsxwriter import Workbook

    plain = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
    workbook = Workbook(target, {"in_memory": True, **plain})
    created = datetime.combine(document.as_of, time())
    workbook.set_properties({"title": document.title, "subject": document.subject, "author": "Keyspend", "created": created})
    workbook.set_calc_mode("auto")
    return workbook
