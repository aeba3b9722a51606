"""Charges by FOCUS: what they add up to, the rules that they keep, and the file that others read."""

import csv
import hashlib
import io
import json
import re
import zipfile
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow.parquet
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from analytics.cli.main import main
from analytics.core.errors import UsageError
from analytics.core.frame import Column, Frame
from analytics.core.period import month
from analytics.core.spreadsheet_text import escape_formula
from analytics.ledger.database.connection import Stream
from analytics.reports.focus.conformance import RULES, FocusRefused, _each, broken, places
from analytics.reports.focus.partition import parts
from analytics.reports.scope import Scope
from analytics.writers import stream_writer, writer
from tests.support.exports_for import HOSTILE_NAMES, hostile_names
from tests.support.generated import NAMES, cases
from tests.support.laws import law, ledger_of
from tests.support.troubled_exports import PARTIAL, WRONG_BY, WRONG_DATE, troubled
from tests.support.worlds import settled

UNKNOWN = "SELECT count(*) FROM reconciliation WHERE currency = 'unknown'"
DUE = """SELECT currency, sum(CASE WHEN variance IS NULL THEN computed_cost ELSE coalesce(billed_cost, 0) END)
FROM reconciliation GROUP BY currency HAVING count(billed_cost) > 0 OR sum(computed_cost) <> 0"""


def ask(ledger, *arguments):
    """What the command did."""
    return CliRunner().invoke(main, ["--data-dir", str(ledger.directory.root), "report", "focus", *map(str, arguments)])


def summed(frame, *categories):
    """The sum of BilledCost per currency, of some categories."""
    found = defaultdict(Decimal)
    for row in frame.records():
        if row["ChargeCategory"] in categories:
            found[row["BillingCurrency"]] += row["BilledCost"]
    return {currency: cost for currency, cost in found.items() if cost}


def test_charges_are_these(samples, golden):
    """Two days of one model, with peak and off-peak prices, hours that are added up, and a granted wallet."""
    frame = samples.report("focus", start="2026-09-15", end="2026-09-17", models="deepseek-flash")

    golden.check("focus.csv", writer("csv")(frame))


def test_columns_are_in_their_order(samples):
    """The columns of FOCUS stand by name, and then ours, by name too; the two new ones of 1.3 are among them."""
    names = samples.report("focus", month="2025-01").names
    own = [name for name in names if name.startswith("x_")]

    assert names == sorted(set(names) - set(own)) + sorted(own)
    assert {"ServiceProviderName", "HostProviderName"} < set(names)


def test_a_file_is_the_report_byte_for_byte(samples, tmp_path):
    """What the command writes batch by batch is what the writers of frames make of the report; FOCUS needs a point in every number."""
    frame = samples.report("focus")
    assert [ask(samples, "-o", tmp_path / "f.csv").exit_code, ask(samples, "--format", "parquet", "-o", tmp_path / "f.parquet").exit_code]

    content = (tmp_path / "f.csv").read_bytes()
    assert content == writer("csv")(frame) == ask(samples).stdout_bytes
    assert pyarrow.parquet.read_table(tmp_path / "f.parquet").equals(frame.to_arrow())
    decimals = [column.name for column in frame.columns if column.is_decimal]
    assert {column.type for column in frame.columns} == {
        "VARCHAR",
        "JSON",
        "TIMESTAMP",
        "DATE",
        "DECIMAL(38,18)",
        "DECIMAL(38,6)",
        "DECIMAL(38,1)",
    }
    for row in csv.DictReader(io.StringIO(content.decode(), newline="")):
        assert all("." in row[name] for name in decimals if row[name])


def test_the_metadata_tells_what_the_file_is(samples, tmp_path):
    """Hash, rows, schema, totals and completeness of each day stand beside the file, the same whenever it is written."""
    path = tmp_path / "focus.csv"
    ask(samples, "--month", "2026-09", "-o", path)
    first = (tmp_path / "focus.csv.metadata.json").read_bytes()
    ask(samples, "--month", "2026-09", "-o", path)
    told = json.loads(first)
    frame = samples.report("focus", month="2026-09")

    assert (tmp_path / "focus.csv.metadata.json").read_bytes() == first
    assert told["x_File"]["Sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert told["x_File"]["RowCount"] == len(frame.rows)
    assert [column["ColumnName"] for column in told["Schema"]["ColumnDefinition"]] == frame.names
    assert told["Schema"]["ColumnDefinition"][0] == {
        "ColumnName": "BilledCost",
        "DataType": "DECIMAL",
        "NumericPrecision": 38,
        "NumberScale": 18,
    }
    totals = {(row["BillingCurrency"], row["ChargeCategory"]): Decimal(row["BilledCost"]) for row in told["x_Totals"]}
    for category in ("Usage", "Credit"):
        assert summed(frame, category) == {currency: cost for (currency, name), cost in totals.items() if name == category}
    assert told["Recency"]["DatasetInstanceComplete"] is True
    assert len(told["Recency"]["TimeSectors"]) == 60


@law(3, cases())
def test_charges_come_to_the_bill(case):
    """Usage and adjustments come to what was billed, credits leave what was paid, and what nobody knows the currency of is refused."""
    with ledger_of(case.zips()) as ledger:
        if ledger.sql(UNKNOWN).rows != [(0,)]:
            with pytest.raises(FocusRefused) as caught:
                ledger.report("focus")
            assert caught.value.code == "focus-currency"
            return
        frame = ledger.report("focus")
        granted = ledger.sql("SELECT currency, -sum(billed_cost) FROM billing WHERE wallet_type = 'Granted' GROUP BY currency")
        due = {currency: cost for currency, cost in ledger.sql(DUE).rows if cost}
        assert summed(frame, "Usage", "Adjustment") == due
        assert summed(frame, "Credit") == {currency: cost for currency, cost in granted.rows if cost}
        assert usage(frame) == priced(ledger)


def usage(frame):
    """Quantity and cost by all that tells usage apart."""
    names = ("x_UsageDate", "BillingAccountId", "x_CredentialId", "x_CredentialName", "x_Model", "x_TokenType", "ListUnitPrice")
    rows = [row for row in frame.records() if row["ChargeCategory"] == "Usage"]
    found = {(*(row[name] for name in names), row["BillingCurrency"]): (row["ConsumedQuantity"], row["BilledCost"]) for row in rows}
    assert len(found) == len(rows)
    return found


def priced(ledger):
    """The same from the view of usage, with Python's decimals."""
    found = defaultdict(lambda: (Decimal(0), Decimal(0)))
    for row in ledger.sql("SELECT * FROM usage WHERE unit_price IS NOT NULL").records():
        name = row["api_key_name_as_exported"] or None
        about = (row["charge_date"], row["account"], row["api_key"], name, row["model"], row["meter"], row["unit_price"] * 10**6)
        quantity, cost = found[*about, row["currency"]]
        found[*about, row["currency"]] = quantity + row["quantity"], cost + row["unit_price"] * row["quantity"]
    return found


def test_a_bill_that_differs_is_an_adjustment(ledger, tmp_path):
    """A day billed too much has one charge more, without a key or a price; days in doubt are told and fail strict runs."""
    troubled(ledger, tmp_path)

    frame = ledger.report("focus", month="2026-08")
    (row,) = [row for row in frame.records() if row["ChargeCategory"] == "Adjustment"]

    assert (str(row["x_UsageDate"]), row["BilledCost"], row["ListCost"]) == (WRONG_DATE, WRONG_BY, WRONG_BY)
    assert {row[name] for name in ("SubAccountId", "SkuId", "ListUnitPrice", "PricingQuantity", "ConsumedQuantity", "x_TokenType")} == {
        None
    }
    estimated = {str(row["x_UsageDate"]) for row in frame.records() if row["x_CostBasis"] == "estimated"}
    assert estimated == {WRONG_DATE}
    assert ask(ledger, "--month", "2026-08", "--strict").exit_code == 4
    assert ask(ledger, "--month", "2026-07", "--require-complete").exit_code == 5


def test_an_unfinished_month_is_not_complete(ledger, tmp_path):
    """The metadata name the day in progress, and the days of which no export tells."""
    ledger.import_paths([PARTIAL])
    ledger.focus(tmp_path / "f.csv", month="2026-07")

    told = json.loads((tmp_path / "f.csv.metadata.json").read_text())["Recency"]

    assert told["DatasetInstanceComplete"] is False
    assert [day["x_UsageDate"] for day in told["TimeSectors"] if not day["TimeSectorComplete"]] == ["2026-07-30"]
    assert list(told["x_MissingDates"].values()) == [["2026-07-31"]]


def test_a_month_whose_days_change_their_offset(samples):
    """A month begins at the offset of its first day and ends at that of its last, so that the next one begins where it ends."""
    frame = samples.report("focus", start="2026-07-01", end="2026-10-01")
    periods = {(str(row["BillingPeriodStart"]), str(row["BillingPeriodEnd"])) for row in frame.records()}

    assert sorted(periods) == [
        ("2026-07-01 00:00:00", "2026-08-01 00:00:00"),
        ("2026-08-01 00:00:00", "2026-08-31 16:00:00"),
        ("2026-08-31 16:00:00", "2026-09-30 16:00:00"),
    ]
    for row in frame.records():
        assert row["BillingPeriodStart"] <= row["ChargePeriodStart"] < row["ChargePeriodEnd"] <= row["BillingPeriodEnd"]


def test_a_renamed_key_keeps_its_old_name_on_old_days(samples):
    """The name of a key is that of the day's export, and its id stays."""
    names = defaultdict(set)
    for row in samples.report("focus").records():
        if row["SubAccountId"]:
            names[row["SubAccountId"]].add(row["SubAccountName"])
    known = {(row["account"] + "/" + row["api_key"], row["api_key_name"]) for row in samples.report("api-key-names").records()}

    assert {(key, name) for key, several in names.items() for name in several} == known
    assert max(map(len, names.values())) > 1


def test_what_was_decided_is_told(ledger):
    """A key of one owner has owner and cost centre for tags, one of several all owners, others none; an account has its name."""
    ledger.import_paths([Path(PARTIAL).with_name("usage_data_2026_6.zip")])
    settled(
        ledger,
        "[[owner]]\nkeys = 'checkout-api'\nowner = 'shop'\ncost_center = 'CC-1'\nfrom = 2026-06-02\n"
        "[[shared]]\nkeys = 'nightly batch'\nshares = { a = 0.5, b = 0.5 }\n"
        "[focus]\naccount_names = { acct-6b625745a1 = 'Shop Ltd' }\n",
    )
    frame = ledger.report("focus", start="2026-06-01", end="2026-06-03")
    tags = defaultdict(set)
    for row in frame.records():
        tags[row["x_CredentialName"], row["x_UsageDate"].day].add(row["Tags"])

    assert set(zip(frame.values("BillingAccountId"), frame.values("BillingAccountName"), strict=True)) == {("acct-6b625745a1", "Shop Ltd")}
    assert tags["checkout-api", 1] == {None}
    assert tags["checkout-api", 2] == {'{"cost_center":"CC-1","owner":"shop"}'}
    assert tags["nightly batch", 1] == {'{"shared_by":"a, b"}'}
    assert tags["客服助手", 2] == {None}


def test_names_that_a_spreadsheet_would_run(ledger, tmp_path):
    """In CSV they are made safe, which is counted and said; Parquet has them as they are."""
    ledger.import_paths([hostile_names(tmp_path / "usage_data_2026-08-01_2026-08-02.zip")])

    done = ask(ledger, "-o", tmp_path / "f.csv")
    ledger.focus(tmp_path / "f.parquet", "parquet")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "f.csv").read_bytes().decode(), newline="")))

    assert {row["SubAccountName"] for row in rows} == set(map(escape_formula, HOSTILE_NAMES))
    changed = sum(
        2 * (row["x_CredentialName"] != escape_formula(row["x_CredentialName"]) or row["x_CredentialName"].startswith("'")) for row in rows
    )
    assert json.loads((tmp_path / "f.csv.metadata.json").read_text())["x_GuardedCells"] == changed > 0
    assert f"{changed} cells of text" in done.stderr
    assert set(pyarrow.parquet.read_table(tmp_path / "f.parquet")["SubAccountName"].to_pylist()) == set(HOSTILE_NAMES)


def test_nobody_is_told_who_the_user_is(samples, tmp_path):
    """No user id, and no more of a key than its mask, is in a file or its metadata."""
    samples.focus(tmp_path / "f.csv")
    content = (tmp_path / "f.csv").read_text() + (tmp_path / "f.csv.metadata.json").read_text()

    assert "7d4f0a52-61c9-4e0b-9a3e-2c85d1b7f640" not in content
    assert "c3f1b0e8" not in content


def test_parts_follow_on_each_other(samples):
    """A scope that is cut into parts gives the same charges in the same order; no part has many more rows than it may."""
    whole = Scope(month("2026-08"))
    frame = samples.report("focus", month="2026-08")
    counts = Counter((row["BillingAccountId"], row["x_UsageDate"]) for row in frame.records())
    sizes = [(*about, rows) for about, rows in sorted(counts.items())]

    cut = parts(whole, sizes, 100)

    found = [samples.report("focus", start=str(p.period.start), end=str(p.period.end), account=p.account).rows for p in cut]
    assert [row for rows in found for row in rows] == frame.rows
    assert len(cut) > len(frame.rows) // 100
    assert max(map(len, found)) <= 100
    assert parts(whole, sizes, len(frame.rows)) == [whole]


def test_a_month_without_data_is_a_header(samples, tmp_path):
    """A file without charges has its columns, and its metadata say that nothing is known of the month."""
    export = samples.focus(tmp_path / "f.csv", month="2025-01")
    frame = samples.report("focus", month="2025-01")

    assert export.written.rows == 0
    assert (tmp_path / "f.csv").read_bytes() == (",".join(frame.names) + "\r\n").encode()
    assert json.loads((tmp_path / "f.csv.metadata.json").read_text())["Recency"]["DatasetInstanceComplete"] is False
    samples.focus(tmp_path / "f.parquet", "parquet", month="2025-01")
    assert pyarrow.parquet.read_table(tmp_path / "f.parquet").schema == frame.to_arrow().schema


def test_of_single_keys_there_is_no_bill(samples):
    """Charges of a key are usage alone, and a note says so."""
    export = samples.focus(io.BytesIO(), month="2026-05", keys="nightly batch")

    assert {row["category"] for row in export.totals.records()} == {"Usage"}
    assert "cost file names no keys" in export.notes[-1]


def test_a_currency_that_nobody_knows_is_refused(ledger, tmp_path):
    """An export without its cost file has no currency: the days are named, and the file that was there stays as it was."""
    main_account = Path(PARTIAL).parent
    with zipfile.ZipFile(main_account / "usage_data_2026_4.zip") as bundle:
        (amount,) = [name for name in bundle.namelist() if "amount" in name]
        (tmp_path / "amount-2026-4.csv").write_bytes(bundle.read(amount))
    ledger.import_paths([tmp_path / "amount-2026-4.csv"], without_cost=True)
    (tmp_path / "f.csv").write_bytes(b"before")

    done = ask(ledger, "--month", "2026-04", "-o", tmp_path / "f.csv")

    assert done.exit_code == 4
    assert "[focus-currency]" in done.stderr
    assert "2026-04-01 to 2026-04-30" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["amount-2026-4.csv", "f.csv"]
    assert (tmp_path / "f.csv").read_bytes() == b"before"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--format", "xlsx"), "format-focus"),
        (("--format", "table"), "format-focus"),
        (("--excel",), "dialect-unused"),
        (("--top", "3"), "top-unused"),
        (("--by", "key"), "by-unused"),
        (("--against", "2026-01"), "against-unused"),
        (("--account", "nobody"), "account-unknown"),
    ],
)
def test_what_focus_leaves_no_choice_in_is_refused(samples, arguments, code):
    """A wrong request says what is wrong, and writes nothing."""
    done = ask(samples, *arguments)

    assert (done.exit_code, done.stdout) == (2, "")
    assert f"[{code}]" in done.stderr


def test_every_column_and_rule_is_documented(samples):
    """The page about the mapping has a row for each column, in order, and names each rule."""
    page = (Path(__file__).parents[2] / "docs" / "focus.md").read_text(encoding="utf-8")
    rows = [row.split("|")[1] for row in page.splitlines() if row.startswith("| `")]

    assert [name for row in rows for name in re.findall("`([A-Za-z_]+)`", row)] == samples.report("focus", month="2025-01").names
    assert set(RULES) <= set(re.findall("`([A-Za-z]+-[AC]-[0-9]+-[MCO])`", page))


# The rules

BREAKING = {
    "BillingCurrency-C-006-M": "\"BillingCurrency\": 'unknown'",
    "PricingCurrency-C-003-M": "\"PricingCurrency\": 'yuan'",
    "ChargePeriodEnd-C-004-M": '"ChargePeriodEnd": "ChargePeriodStart"',
    "BillingPeriodEnd-C-004-M": '"BillingPeriodEnd": "BillingPeriodStart"',
    "ChargeFrequency-C-004-C": "\"ChargeCategory\": 'Purchase'",
    "ConsumedQuantity-C-004-C": "\"ChargeCategory\": 'Credit'",
    "EffectiveCost-C-010-C": '"EffectiveCost": "BilledCost" + 1',
    "ListCost-C-008-C": '"ListUnitPrice": NULL, "ListCost": 0',
    "ContractedCost-C-008-C": '"ContractedUnitPrice": NULL, "ContractedCost": 0',
    "SkuPriceDetails-C-004-C": '"SkuPriceId": NULL',
    "PricingUnit-C-003-O": "\"PricingUnit\": '1,000,000 tokens'",
    "ConsumedUnit-C-003-O": "\"ConsumedUnit\": 'per token'",
    "StringHandling-A-007-M": "\"SubAccountName\": '  '",
    "ConsumedUnit-C-006-C": '"ConsumedUnit": NULL',
    "PricingUnit-C-006-C": '"PricingQuantity": NULL',
    "SkuMeter-C-004-C": '"SkuId": NULL',
    "SubAccountName-C-005-C": '"SubAccountName": NULL',
    "SubAccountType-C-005-C": '"SubAccountType": NULL',
    "ChargeCategory-C-003-M": "\"ChargeCategory\": 'Discount'",
    "ChargeFrequency-C-003-M": "\"ChargeFrequency\": 'Daily'",
    "PricingCategory-C-007-M": "\"PricingCategory\": 'Peak'",
    "ServiceCategory-C-003-M": "\"ServiceCategory\": 'AI'",
    "ServiceSubcategory-C-003-M": "\"ServiceSubcategory\": 'LLM'",
    "ChargeClass-C-005-C": "\"ChargeClass\": 'Standard'",
    "ListCost-C-009-C": '"ListCost": "ListCost" * 2',
    "ContractedUnitPrice-C-011-C": '"ContractedCost": "ContractedCost" + 1',
    "ContractedUnitPrice-C-009-C": '"ContractedUnitPrice": -1',
    "ListUnitPrice-C-008-M": '"ListUnitPrice": -1',
    "PricingCurrencyListUnitPrice-C-008-M": '"PricingCurrencyListUnitPrice": -1',
    "SkuPriceDetails-C-001-M": "\"SkuPriceDetails\": '[1]'",
    "Tags-C-001-M": '"Tags": \'{"a": {"b": 1}}\'',
    "SkuPriceId-C-008-M": "\"SkuPriceId\": 'one for all'",
    "ServiceName-C-005-C": '"ServiceCategory": "x_Model"',
    "ServiceName-C-008-C": '"ServiceSubcategory": "x_Model"',
    "InvoiceId-C-007-C": "\"InvoiceId\": 'one for all'",
    "BilledCost-C-007-M": "\"InvoiceId\": 'one for all'",
}
"""What breaks each rule in every row; where a rule wants a value, that there is none breaks it."""


@pytest.fixture(scope="module")
def charges(samples):
    """Some charges of two accounts, in a database of their own."""
    with duckdb.connect() as connection:
        connection.register("found", samples.report("focus", start="2026-09-15", end="2026-09-17").to_arrow())
        connection.execute("CREATE TABLE charges AS FROM found")
        yield connection


def test_whole_charges_break_no_rule(charges):
    """The samples keep every rule."""
    assert charges.execute(broken("FROM charges")).fetchall() == []


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_can_be_broken(charges, rule):
    """Charges that were made wrong in one way break the rule about it, from the first row that is wrong on."""
    changes = BREAKING.get(rule, f'"{rule.partition("-")[0]}": NULL').split(", ")
    replaced = ", ".join("{1} AS {0}".format(*change.split(": ", 1)) for change in changes)
    wrong = f"SELECT * REPLACE ({replaced}) FROM charges"

    assert (rule,) in charges.execute(broken(wrong)).fetchall()
    first_row, row_count, days = charges.execute(places(wrong, rule)).fetchone()
    assert (first_row >= 1, row_count >= 1, len(days) >= 1) == (True, True, True)


def test_a_broken_rule_lets_nothing_out(samples, monkeypatch, tmp_path):
    """The refusal names the rule and the first row by its number; no file, no old one lost, and no report either."""
    dates = [str(row["x_UsageDate"]) for row in samples.report("focus", start="2026-09-15", end="2026-09-17").records()]
    monkeypatch.setitem(RULES, "Test-C-001-M", _each("Test-C-001-M", "\"x_UsageDate\" <> '2026-09-16'"))

    done = ask(samples, "--from", "2026-09-15", "--to", "2026-09-17", "-o", tmp_path / "f.csv")

    assert done.exit_code == 1
    assert "[focus-rule]" in done.stderr
    count = dates.count("2026-09-16")
    told = f"rule Test-C-001-M is broken by row {dates.index('2026-09-16') + 1}, and by {count} in all: 2026-09-16"
    assert told in done.stderr
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FocusRefused):
        samples.report("focus", month="2026-09")


@given(st.lists(st.tuples(st.one_of(st.none(), st.sampled_from(NAMES), st.text()), st.decimals(-(10**12), 10**12, places=18)), max_size=9))
def test_a_stream_is_written_as_a_frame_is(rows):
    """Any text and any amount, in batches, gives the bytes that the frame gives."""
    columns = (Column("name", "VARCHAR"), Column("cost", "DECIMAL(38,18)"), Column("again", "VARCHAR"))
    frame = Frame("any", columns, [(name, cost, name) for name, cost in rows])
    table = frame.to_arrow()
    told = [None if cost is None else format(cost, "f") for _, cost in rows]
    table = table.set_column(1, "cost", pyarrow.array(told, pyarrow.string()))
    file = io.BytesIO()

    written = stream_writer("csv")(Stream(columns, iter(table.to_batches(max_chunksize=4))), file)

    assert file.getvalue() == writer("csv")(frame)
    assert written.rows == len(rows)


def test_an_unknown_format_is_refused_by_the_library(samples):
    """The library says no as the command does."""
    with pytest.raises(UsageError):
        samples.focus(io.BytesIO(), "json")
