"""Every format of one frame of awkward values, byte for byte, and the values that each must keep exact."""

import csv
import io
import json
from datetime import date, datetime
from decimal import Decimal

import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.core.errors import UsageError
from analytics.core.frame import Column, Frame
from analytics.core.spreadsheet_text import unescape_formula
from analytics.writers import TABLE_FORMATS, writer
from analytics.writers import csv as csv_writer
from analytics.writers import table as terminal
from analytics.writers.csv import dialect

NAMES = ["plain", "comma, quote \" and 'tick'", "数据平台", "<b>|*_`#[x](y)", "line\nbreak", "=1+1", "مفتاح", "🔑 é", ""]
AWKWARD = Frame(
    "awkward",
    (
        Column("api_key_name", "VARCHAR"),
        Column("api_key", "VARCHAR"),
        Column("currency", "VARCHAR"),
        Column("computed_cost", "DECIMAL(38,18)"),
        Column("unit_price", "DECIMAL(38,18)"),
        Column("request_count", "BIGINT"),
        Column("cache_hit_ratio", "DOUBLE"),
        Column("cost_per_request", "DOUBLE"),
        Column("charge_date", "DATE"),
        Column("exported_at", "TIMESTAMP"),
        Column("is_complete", "BOOLEAN"),
    ),
    [
        (
            name,
            f"sk-abcde{'*' * 23}00{number:02}",
            "CNY" if number % 2 else "USD",
            Decimal("-1234567.100000000000000001") if number == 1 else Decimal(number).scaleb(-18),
            Decimal("0.000000003625"),
            10**15 + number,
            number / 7,
            1e-7 * number,
            date(2026, 6, 1 + number),
            datetime(2026, 6, 1, number, 30),
            number % 3 == 0,
        )
        for number, name in enumerate(NAMES)
    ]
    + [(None, None, "CNY", None, None, None, None, None, None, None, None)],
)


@pytest.mark.parametrize("name", ["csv", "json", "markdown"])
def test_text_formats_write_these_bytes(golden, name):
    """One row of every awkward value through every text format."""
    golden.check(f"awkward.{name}", writer(name)(AWKWARD))


def test_the_terminal_shows_this_table(golden):
    """The table for people keeps every digit, shortens masks, totals each currency and prints no control character."""
    golden.check("awkward.table", terminal.table(AWKWARD).encode())


def test_a_narrow_terminal_cuts_names_and_never_numbers():
    """On 60 columns every amount is still whole."""
    narrow = Frame("narrow", AWKWARD.columns[:6], AWKWARD.rows[:3])

    text = terminal.table(narrow, 60)

    assert "-1,234,567.100000000000000001" in text


def test_csv_is_rfc_4180():
    """CRLF, one header, no BOM; what was written reads back cell for cell."""
    content = writer("csv")(AWKWARD)
    rows = list(csv.reader(io.StringIO(content.decode(), newline=""), strict=True))

    assert not content.startswith(b"\xef\xbb\xbf")
    assert content.endswith(b"\r\n")
    assert rows[0] == AWKWARD.names
    assert [unescape_formula(row[0]) for row in rows[1:]] == [name or "" for name in AWKWARD.values("api_key_name")]
    assert [Decimal(row[3]) for row in rows[1:-1]] == AWKWARD.values("computed_cost")[:-1]


def test_european_excel_reads_its_own_csv():
    """With semicolons, decimal commas and a BOM, only the dialect differs: every cell is the same."""
    plain = list(csv.reader(io.StringIO(writer("csv")(AWKWARD).decode(), newline=""), strict=True))
    content = csv_writer.write(AWKWARD, dialect(";", ",", excel=True))
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";", strict=True))

    assert content.startswith(b"\xef\xbb\xbfapi_key_name;")
    assert rows[2][3] == "-1234567,100000000000000001"
    numbers = {index for index, column in enumerate(AWKWARD.columns) if column.is_decimal or column.type == "DOUBLE"}
    cells = [[cell.replace(",", ".") if index in numbers else cell for index, cell in enumerate(row)] for row in rows]
    assert cells == plain


@pytest.mark.parametrize(
    ("delimiter", "decimal", "code"), [(None, ",", "decimal-parts"), ("x", None, "delimiter-unknown"), (None, "·", "decimal-unknown")]
)
def test_a_dialect_that_nobody_reads_is_refused(delimiter, decimal, code):
    """A comma between cells and in decimals, or an unknown sign, is refused with a hint."""
    with pytest.raises(UsageError) as caught:
        dialect(delimiter, decimal)
    assert caught.value.code == code
    assert caught.value.hint


def test_json_money_is_text():
    """A JSON reader cannot turn money into a binary float."""
    assert json.loads(writer("json")(AWKWARD))[1]["computed_cost"] == "-1234567.100000000000000001"


def test_parquet_is_exact():
    """Parquet gives back the same values and types."""
    table = pyarrow.parquet.read_table(io.BytesIO(writer("parquet")(AWKWARD)))

    assert table.schema == AWKWARD.to_arrow().schema
    assert [tuple(row.values()) for row in table.to_pylist()] == AWKWARD.rows


@pytest.mark.parametrize("name", sorted(TABLE_FORMATS))
def test_a_frame_without_rows_is_written(name):
    """No data is a header, or an empty list: never an error, never an empty file."""
    assert writer(name)(Frame("empty", AWKWARD.columns, []))


@given(st.decimals(-(10**15), 10**15, places=18), st.text() | st.text("'=+-@|;, \t\r\n\x0b\0:08a"))
def test_csv_round_trips_any_value(cost, name):
    """Any amount and any text without a surrogate come back from CSV as they went in."""
    frame = Frame("any", (Column("name", "VARCHAR"), Column("cost", "DECIMAL(38,18)")), [(name, cost)])

    text = writer("csv")(frame).decode()
    (_, (read_name, read_cost)) = csv.reader(io.StringIO(text, newline=""), strict=True)

    assert (unescape_formula(read_name), Decimal(read_cost)) == (name, cost)


def test_an_unknown_format_names_the_known_ones():
    """The error for a wrong format lists the right ones."""
    with pytest.raises(UsageError) as caught:
        writer("xml")
    assert "parquet" in caught.value.hint
