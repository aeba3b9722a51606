"""The first and the last sheet of a workbook: the cover with facts, control totals and sign-off, and the notes."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.core.frame import Column
from analytics.writers.xlsx.table import CHECK_PLACES, HEADED, RIGHT, Totalled, body, widths
from analytics.writers.xlsx.workbook import COST_PLACES, MONEY, PRICE_PLACES, Book, Sheet, figure

CONTROLLED = "computed_cost"
_COST = Column(CONTROLLED, "DECIMAL(38,18)")
_LABEL = {"bold": True, "font_color": "#4A5560"}
_CHECK = "0.0000;[Red]-0.0000;0.0000"
_METHOD = (
    f"A spreadsheet keeps 15 digits of a number: costs are rounded to {COST_PLACES} decimal places, prices to {PRICE_PLACES}.",
    "CSV of the same reports holds every digit.",
    f"Totals are live sums. Below each stands the sum of the exact amounts, and the difference of both, to {CHECK_PLACES} places.",
    "Money of two currencies is never added up.",
    "Days are those of the export, at its own offset; instants are in UTC.",
    "All names are written as text: nothing in this workbook runs, and it refers to nothing outside.",
)


def write(book: Book, sheet: Sheet, written: Sequence[Totalled]) -> None:
    """Write the facts, the first section of the document, the control totals of the others, and the lines to sign on."""
    document, first = book.document, book.document.sections[0]
    for index, width in enumerate(widths(first.frame)):
        sheet.worksheet.set_column(index, index, max(width, 14))
    sheet.worksheet.fit_to_pages(1, 1)
    sheet.text(0, 0, document.title, bold=True, font_size=16, font_color="#0B4F8A")
    row = _facts(book, sheet, 2)
    body(sheet, first.frame, row + 1)
    row += 3 + max(len(first.frame.rows), 1)
    row = _controls(book, sheet, row, [total for total in written if CONTROLLED in total.cells])
    _signatures(book, sheet, row + 1)


def notes(book: Book, sheet: Sheet) -> None:
    """Write the facts of a single section, the notes of the document, and the method of its numbers."""
    sheet.worksheet.set_column(0, 0, 16)
    sheet.worksheet.set_column(1, 1, 110)
    sheet.text(0, 0, "Notes", bold=True, font_size=14, font_color="#0B4F8A")
    lines = [*([] if not book.document.is_single else book.document.facts), *(("Note", note) for note in book.document.notes)]
    for row, (label, text) in enumerate([*lines, *(("Method", line) for line in _METHOD)], 2):
        sheet.text(row, 0, label, **_LABEL)
        sheet.text(row, 1, text, text_wrap=True)


def _facts(book: Book, sheet: Sheet, row: int) -> int:
    for at, (name, value) in enumerate(book.document.facts, row):
        sheet.text(at, 0, name, **_LABEL)
        sheet.text(at, 1, value)
    return row + len(book.document.facts)


def _controls(book: Book, sheet: Sheet, row: int, live_totals: Sequence[Totalled]) -> int:
    """Write the live total of each sheet, the control total and their difference; return the next free row."""
    if not live_totals:
        return row
    sheet.text(row, 0, "Control totals of the computed cost", bold=True, font_size=12)
    for index, title in enumerate(("Sheet", "Currency", "Live total", "Statement", "Check", "Its own checks")):
        sheet.text(row + 1, index, title, **HEADED, **(RIGHT if index > 1 else {}))
    for at, total in enumerate(live_totals, row + 2):
        _control(book, sheet, at, total)
    last = row + 1 + len(live_totals)
    good, bad = "All checks are 0.", "A check is not 0: see above."
    checks = f"SUMPRODUCT(ABS(E{row + 3}:F{last + 1}))"
    sheet.formula(last + 1, 0, f'=IF({checks}=0,"{good}","{bad}")', _conclusion(book, live_totals, good, bad), bold=True)
    return last + 3


def _control(book: Book, sheet: Sheet, at: int, total: Totalled) -> None:
    exact = book.document.controls[total.currency]
    control = figure(_COST, exact)
    sheet.link(at, 0, total.sheet)
    sheet.text(at, 1, total.currency)
    sheet.formula(at, 2, f"='{total.sheet}'!{total.cells[CONTROLLED]}", total.values[CONTROLLED], MONEY)
    sheet.value(at, 3, _COST, exact)
    sheet.formula(at, 4, f"=ROUND(C{at + 1}-D{at + 1},{CHECK_PLACES})", round(total.values[CONTROLLED] - control, CHECK_PLACES), _CHECK)
    checks = f"'{total.sheet}'!{total.checks}"
    sheet.formula(at, 5, f'=SUMIF({checks},">0")-SUMIF({checks},"<0")', 0, _CHECK)


def _conclusion(book: Book, live_totals: Sequence[Totalled], good: str, bad: str) -> str:
    differences = (total.values[CONTROLLED] - float(book.document.controls[total.currency]) for total in live_totals)
    return bad if any(round(difference, CHECK_PLACES) for difference in differences) else good


def _signatures(book: Book, sheet: Sheet, row: int) -> None:
    """Write a line for each role that signs: name, date, signature."""
    if not book.document.signatures:
        return
    for index, title in enumerate(("Sign-off", "Name", "Date", "Signature")):
        sheet.text(row, index, title, **HEADED)
    for at, role in enumerate(book.document.signatures, row + 1):
        sheet.worksheet.set_row(at, 24)
        for index in range(4):
            sheet.text(at, index, role if index == 0 else "", bold=index == 0, bottom=1, valign="vcenter")
