"""Documents: every format has the totals of the report; workbooks, pages and the month pack have the same content and are reproducible."""

import io
import re
import zipfile
from collections import defaultdict
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser

import openpyxl
import pytest

from analytics import AnalyticsError, Keyspend, UsageError
from analytics.analysis.allocation.journal_entry import journal_entry
from analytics.analysis.totals import totals
from analytics.core import document as documents
from analytics.core.columns import spec
from analytics.core.frame import Column, Frame
from analytics.core.money import EXACT, exact_sum, readable, rounded
from analytics.dashboard.components import tables
from analytics.reports.catalog import reports
from analytics.writers import DOCUMENT_FORMATS, TABLE_FORMATS, chromium, document_writer
from analytics.writers import table as terminal
from analytics.writers.html import MOST_BYTES
from analytics.writers.xlsx.workbook import COST_PLACES
from tests.conftest import NOW, SAMPLES
from tests.support.exports_for import hostile_names
from tests.support.reading_back import READERS, columns, page
from tests.support.scopes import SCOPES
from tests.support.troubled_exports import WRONG_BY, troubled

BROWSER = pytest.mark.skipif(chromium.find() is None, reason="no Chromium on this machine: PDF was NOT tested")


def written(name, document):
    """A document in a format."""
    return document_writer(name)(document)


def sums(frame, cells):
    """The sums of columns of cells by (column, currency); the currency is empty in a frame without currencies."""
    found = defaultdict(Decimal)
    currencies = frame.values("currency") if "currency" in frame.names else [""] * len(frame.rows)
    for column in frame.columns:
        if spec(column).adds_up:
            for currency, cell in zip(currencies, cells[column.name], strict=True):
                if cell not in (None, "", "–"):
                    found[column.name, currency] = EXACT.add(found[column.name, currency], Decimal(str(cell).replace(",", "")))
    return dict(found)


@pytest.mark.parametrize("name", reports())
def test_every_format_and_the_page_have_the_totals_of_a_report(samples, name):
    """Read back, each format and the table of the dashboard's pages add up to the report: to the last digit, XLSX to its places."""
    frame = samples.report(name, **SCOPES.get(name, {"month": "2026-08"}))
    exact = sums(frame, {column: frame.values(column) for column in frame.names})

    for reader in sorted(READERS):
        read_sums = sums(frame, columns(reader, frame))
        assert read_sums.keys() == exact.keys(), reader
        room = Decimal(len(frame.rows)).scaleb(-COST_PLACES) if reader == "xlsx" else 0
        assert all(abs(read_sums[about] - exact[about]) <= room for about in exact), reader
    assert sums(frame, tables.display_rows(frame).to_pydict()) == exact
    for currency, of_currency in totals(frame).items():
        assert {column: exact.get((column, currency)) for column in of_currency} == of_currency
        costs = [value for value in of_currency.values() if isinstance(value, Decimal)]
        assert all(readable(value, 2) in terminal.table(frame) for value in costs)


def test_formats_and_readers_are_the_same():
    """Every format has a reader, so that the test above covers it."""
    assert {*TABLE_FORMATS, *DOCUMENT_FORMATS} - {"pdf"} == READERS.keys() - {"european"}


def test_a_workbook_totals_each_currency_live(samples):
    """Below the rows stand, per currency, a live sum, the exact total rounded, and their check; days and ratios are what they are."""
    frame = samples.report("key-leaderboard", month="2026-08")
    sheet = openpyxl.load_workbook(io.BytesIO(written("xlsx", documents.of(frame)))).worksheets[0]
    at = {name: index for index, name in enumerate(frame.names)}
    below = [row for row in sheet.iter_rows(min_row=6 + len(frame.rows)) if row[at["currency"]].value]

    assert [row[at["currency"]].value for row in below] == ["CNY"] * 3 + ["USD"] * 3
    for currency, (live, computed, check) in zip(("CNY", "USD"), (below[:3], below[3:]), strict=True):
        cost = at["computed_cost"]
        assert live[cost].value.startswith("=SUMIFS(")
        assert check[cost].value == f"=ROUND({live[cost].coordinate}-{computed[cost].coordinate},4)"
        assert Decimal(repr(computed[cost].value)) == rounded(totals(frame)[currency]["computed_cost"], COST_PLACES).normalize()
    first = next(sheet.iter_rows(min_row=5))
    assert first[at["last_date"]].is_date
    assert first[at["cost_ratio"]].number_format == "0.0%"
    assert sheet.freeze_panes
    assert sheet.auto_filter.ref
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize, sheet.print_title_rows) == ("landscape", 9, "$4:$4")
    assert "&P" in sheet.oddFooter.right.text


def test_the_same_data_give_the_same_bytes(samples, tmp_path):
    """A ledger that imported the same exports at another time, in another place, writes the same documents."""
    other = Keyspend(tmp_path / "data", clock=lambda: NOW.replace(year=2027))
    other.import_paths([SAMPLES])

    for subject in ("month-pack", "spend-by-key"):
        documents = [ledger.document(subject, month="2026-08") for ledger in (samples, other)]
        for name in ("xlsx", "html"):
            assert len({written(name, document) for document in documents}) == 1, (subject, name)


def test_a_workbook_is_dated_by_its_month(samples):
    """Its properties name the last day of the month, and no clock."""
    book = zipfile.ZipFile(io.BytesIO(written("xlsx", samples.document("month-pack", month="2026-08"))))
    assert "2026-08-31T00:00:00Z</dcterms:created>" in book.read("docProps/core.xml").decode()


def test_what_a_sheet_cannot_hold_is_refused_or_cut(monkeypatch):
    """Too many rows are refused with a hint; a text of more than 32,767 characters is cut, and all else stays."""
    from analytics.writers.xlsx import table

    monkeypatch.setattr(table, "MOST_ROWS", 2)
    frame = Frame("long", (Column("name", "VARCHAR"), Column("computed_cost", "DECIMAL(38,18)")), [("x" * 40_000, Decimal(1))] * 2)
    sheet = openpyxl.load_workbook(io.BytesIO(written("xlsx", documents.of(frame)))).worksheets[0]
    assert len(sheet["A5"].value) == 32_767
    with pytest.raises(UsageError) as caught:
        written("xlsx", documents.of(Frame("long", frame.columns, frame.rows * 2)))
    assert caught.value.code == "xlsx-rows"


class Seen(HTMLParser):
    """The tags of a page, and the values of attributes that could lead outside or run."""

    def __init__(self):
        super().__init__()
        self.tags, self.outside = set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.outside += [value for name, value in attrs if name in ("src", "href", "xlink:href", "action", "data") and value[0] != "#"]
        self.outside += [value for name, value in attrs if name.startswith("on")]


HOSTILE = (
    "<script>alert(1)</script>",
    "</table><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "{{ 7*7 }}",
    "&lt;b&gt;",
    "a\u202eb",
)


def test_a_page_takes_names_for_text_and_needs_nothing(samples):
    """Markup in names stays text in table and chart; no script, no event, nothing from outside, and a policy that would refuse it."""
    columns = (Column("api_key_name", "VARCHAR"), Column("currency", "VARCHAR"), Column("computed_cost", "DECIMAL(38,18)"))
    frame = Frame("spend-by-key", columns, [(name, "CNY", Decimal(number)) for number, name in enumerate(HOSTILE)])
    chart = documents.Chart("bars", "api_key_name", "computed_cost")
    hostile = documents.Document(
        "month-pack", "Pack", (documents.Section("By key", frame, chart=chart),), facts=(("Accounts", HOSTILE[0]),)
    )

    for document in (hostile, samples.document("month-pack", month="2026-08")):
        content = written("html", document)
        seen = Seen()
        seen.feed(content.decode())
        assert not seen.tags & {"script", "img", "iframe", "link", "object", "embed", "form", "image", "foreignobject", "use"}
        assert seen.outside == []
        assert b"default-src 'none'" in content
        assert b"url(" not in content
    names = [row[0] for row in page(written("html", hostile))["tbody"]]
    assert names == [name.replace("\u202e", "�") for name in HOSTILE]


def test_a_page_stays_small_and_states_the_number_of_rows():
    """Of 20,000 keys with long names a page of less than 500 KB shows the first, their number, and the totals of all."""
    columns = (Column("api_key_name", "VARCHAR"), Column("currency", "VARCHAR"), Column("computed_cost", "DECIMAL(38,18)"))
    frame = Frame("spend-by-key", columns, [("密钥" * 60, "CNY", Decimal("0.01"))] * 20_000)

    content = written("html", documents.of(frame))

    assert len(content) < MOST_BYTES
    assert b"of 20,000 rows" in content
    assert page(content)["tfoot"][0][-1] == "200.00"


def sections(document):
    """The sections of a document by title."""
    return {section.title: section for section in document.sections}


def test_the_month_pack_has_a_set_of_sheets_for_each_currency(samples):
    """Each sheet is of one currency, which its title names; each total of costs is that of the statement, which the cover checks."""
    document = samples.document("month-pack", month="2026-08")
    book = openpyxl.load_workbook(io.BytesIO(written("xlsx", document)))

    assert book.sheetnames[:2] == ["Summary", "Exceptions"]
    assert book.sheetnames[-2:] == ["Sources", "Notes"]
    for currency in ("CNY", "USD"):
        frames = {title: one.frame for title, one in sections(document).items() if title.endswith(f" {currency}")}
        assert {"By owner", "By cost centre", "Journal entry", "By key", "By model", "Daily", "Variance bridge", "Reconciliation"} <= {
            title.removesuffix(f" {currency}") for title in frames
        }
        assert {value for frame in frames.values() for value in frame.values("currency")} == {currency}
        costs = {
            title: exact_sum(frame.values("computed_cost"))
            for title, frame in frames.items()
            if "section" not in frame.names
            if "computed_cost" in frame.names
        }
        assert set(costs.values()) == {document.controls[currency]}
        assert {f"='{title}'!" for title in costs} <= {str(cell.value).split("$")[0] for cell in book["Summary"]["C"]}
    text = "\n".join(str(cell.value) for row in book["Summary"].iter_rows() for cell in row if cell.value)
    assert all(role in text for role in ("Prepared", "Reviewed", "Approved"))


def test_one_currency_and_one_account_need_no_suffix(samples):
    """Narrowed to an account, the pack is of its currency alone; accounts are columns of every sheet with costs."""
    document = samples.document("month-pack", month="2026-08", account="acct-451a75f8ac")

    assert "By key" in sections(document)
    assert {value for section in document.sections for value in section.frame.values("account")} == {"acct-451a75f8ac"}


def test_two_accounts_of_one_currency_are_distinct(ledger, tmp_path):
    """They share the sheets of their currency, each row and each bar names its account, and each account has an entry that balances."""
    ledger.import_paths([SAMPLES / "europe-account", hostile_names(tmp_path / "usage_data_2026-08-01_2026-08-02.zip")])
    document = ledger.document("month-pack", month="2026-08", currency="USD")
    entry = list(sections(document)["Journal entry"].frame.records())
    accounts = {row["account"] for row in entry}

    assert len(accounts) == 2
    for account in accounts:
        rows = [row for row in entry if row["account"] == account]
        assert exact_sum(row["debit_cost"] or Decimal(0) for row in rows) == exact_sum(row["credit_cost"] or Decimal(0) for row in rows) > 0
        assert written("html", document).decode().count(f", {account}") >= 1
    frames = {title: one.frame for title, one in sections(document).items() if "computed_cost" in one.frame.names and one.frame.rows}
    assert all(set(frame.values("account")) == accounts for frame in frames.values())


def test_the_bridge_adds_up_to_the_bill(samples):
    """The lines of the bridge, from the bill before on, add up to what was paid this month."""
    document = samples.document("month-pack", month="2026-09")
    paid = {row["currency"]: row["billed_cost"] for row in samples.report("statement", month="2026-09").records() if row["item"] == "Paid"}

    for currency in ("CNY", "USD"):
        assert exact_sum(sections(document)[f"Variance bridge {currency}"].frame.values("effect_cost")) == paid[currency]


def test_the_entry_balances_to_the_cent(samples):
    """Debits and credits of each account are cents that add up to each other, and to the exact cost rounded; granted credit is a wallet."""
    spend = samples.report("spend-by-owner", month="2026-09", by="cost_center")
    statement = samples.report("statement", month="2026-09")

    for currency in ("CNY", "USD"):
        rows = [row for row in journal_entry(spend, statement).records() if row["currency"] == currency]
        debit, credit = ([row[side] for row in rows if row[side] is not None] for side in ("debit_cost", "credit_cost"))
        cost = exact_sum(row["computed_cost"] for row in spend.records() if row["currency"] == currency)
        assert exact_sum(debit) == exact_sum(credit) == rounded(cost, 2)
        assert all(amount == rounded(amount, 2) for amount in debit + credit)
    assert "Granted balance" in journal_entry(spend, statement).values("posting")


def test_exceptions_list_every_day_that_needs_attention(ledger, tmp_path):
    """Absent and partial days of July, and the wrong bill of August by its amount, are on the sheet of exceptions and in the facts."""
    troubled(ledger, tmp_path)
    july, august = (ledger.document("month-pack", month=month) for month in ("2026-07", "2026-08"))

    exceptions = {(row["kind"], row["charge_date"]) for row in sections(july)["Exceptions"].frame.records()}
    assert {("partial", date(2026, 7, 30)), ("absent", date(2026, 7, 31))} <= exceptions
    assert dict(july.facts)["Complete"] == "no: 2026-07-30 to 2026-07-31"
    wrong = [row for row in sections(august)["Exceptions"].frame.records() if row["kind"] == "unreconciled"]
    assert [(row["charge_date"], row["variance"]) for row in wrong] == [(date(2026, 8, 5), WRONG_BY)]
    entry = sections(august)["Journal entry"].frame.records()
    assert [row["debit_cost"] for row in entry if row["posting"] == "Billed beyond usage"] == [WRONG_BY]
    assert august.unreconciled_dates == (date(2026, 8, 5),)


@pytest.mark.parametrize("name", ["xlsx", "html"])
def test_a_month_without_data_has_a_pack_that_states_it(samples, name):
    """The pack of a month before the first export is written, and states that nothing was used."""
    document = samples.document("month-pack", month="2025-01")

    assert dict(document.facts)["Currencies"] == "none: nothing was used"
    assert written(name, document)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({}, "pack-period"),
        ({"start": "2026-08-01", "end": "2026-08-09"}, "pack-period"),
        ({"month": "2026-08", "keys": ["checkout-api"]}, "pack-scope"),
        ({"month": "2026-08", "top": 3}, "pack-scope"),
        ({"month": "2026-08", "account": "acct-nobody"}, "account-unknown"),
    ],
)
def test_a_pack_of_no_month_is_refused(samples, arguments, code):
    """A pack is of one calendar month and of whole accounts."""
    with pytest.raises(UsageError) as caught:
        samples.document("month-pack", **arguments)
    assert caught.value.code == code


@pytest.mark.parametrize("name", sorted(TABLE_FORMATS))
def test_a_pack_is_no_table(samples, name):
    """Formats of one table refuse it, with a hint that names those of documents."""
    with pytest.raises(UsageError, match="several tables") as caught:
        written(name, samples.document("month-pack", month="2026-08"))
    assert "xlsx" in caught.value.hint


@pytest.mark.slow
@BROWSER
def test_pdf_is_the_page_printed_the_same_each_time(samples):
    """A Chromium prints the page on A4, dated by the data: twice the same bytes."""
    document = samples.document("month-pack", month="2026-08")
    first = written("pdf", document)

    assert first.startswith(b"%PDF-")
    assert set(re.findall(rb"/MediaBox \[0 0 (\d+)\.?\d* (\d+)\.?\d*\]", first)) <= {(b"594", b"841"), (b"841", b"594")}
    assert re.findall(rb"CreationDate \(D:(\d{8})", first) == [b"20260831"]
    assert written("pdf", document) == first


def test_pdf_without_a_browser_has_a_hint(samples, monkeypatch, tmp_path):
    """Without a Chromium the hint names --format html; where it fails, the error has its exit code."""
    monkeypatch.setenv(chromium.ENVIRONMENT_VARIABLE, str(tmp_path / "none"))
    document = samples.document("spend-by-key", month="2026-08")
    with pytest.raises(UsageError, match="none on this machine") as caught:
        written("pdf", document)
    assert "--format html" in caught.value.hint

    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv(chromium.ENVIRONMENT_VARIABLE, str(broken))
    with pytest.raises(AnalyticsError, match="ended with 3"):
        written("pdf", document)
