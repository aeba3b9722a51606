"""Answers with many rows: what stays in Arrow until it is looked at is what DuckDB gives, to the digit."""

import duckdb
import pyarrow  # noqa: F401 - once it is loaded, many rows stay in it
import pytest

from analytics.core.frame import ArrowRows
from analytics.ledger.database.connection import MANY_ROWS, frame

COUNT = 2 * MANY_ROWS + 7
VALUES = f"""
    range, range::INTEGER AS "integer", range % 2 = 0 AS "boolean", range / 7 AS "double", DATE '2026-01-01' + range::INTEGER AS "date",
    TIMESTAMP '2026-01-01 00:00:00.5' + to_hours(range) AS "timestamp", CASE WHEN range % 3 > 0 THEN '密钥 ' || range END AS "varchar",
    (range - 100)::DECIMAL(38, 18) / 1000 AS "decimal", CASE WHEN range % 2 > 0 THEN range * 0.000000000000000001 END AS "price"
    FROM range({COUNT}) ORDER BY range"""
MANY = f"SELECT {VALUES}"


@pytest.fixture
def connection():
    """A database without a table."""
    with duckdb.connect() as connection:
        yield connection


@pytest.mark.parametrize(
    "part",
    [slice(3), slice(MANY_ROWS - 2, MANY_ROWS + 3), slice(MANY_ROWS + 5, None), slice(-3, None), slice(5, 2), slice(None, None, -1)],
    ids=str,
)
def test_a_part_of_many_rows_is_that_part(connection, part):
    """Some of the rows, on either side of where Arrow begins and across it, are those of a list, with every zero."""
    rows = frame(connection, "many", MANY, {}).rows

    assert isinstance(rows, ArrowRows)
    assert repr(rows[part]) == repr(connection.execute(MANY).fetchall()[part])


def test_many_rows_are_those_of_a_list(connection):
    """Their number, each column, one row and all of them are the same as a list's, before all were made and after."""
    expected = connection.execute(MANY).fetchall()
    found = frame(connection, "many", MANY, {})

    for _ in range(2):
        assert len(found.rows) == COUNT
        for place, name in enumerate(found.names):
            assert repr(found.values(name)) == repr([row[place] for row in expected])
        assert found.rows[-1] == expected[-1]
        assert found.rows == expected
        assert found.to_arrow().num_rows == COUNT
    assert repr(list(found.rows)) == repr(expected)
    assert found == frame(connection, "many", MANY, {})
    assert found.rows != expected[:-1]


@pytest.mark.parametrize("count", [MANY_ROWS - 1, MANY_ROWS, MANY_ROWS + 1])
def test_no_row_is_lost_where_many_begin(connection, count):
    """One row less than many, or one more, are all there."""
    assert frame(connection, "some", f"FROM range({count}) ORDER BY ALL", {}).rows == [(number,) for number in range(count)]


def test_what_arrow_gives_otherwise_is_a_list(connection):
    """A column of a type that Arrow would give another value of keeps its rows out of it."""
    sql = f"SELECT range::HUGEINT AS sum, [range] AS several FROM range({COUNT}) ORDER BY range"

    assert frame(connection, "many", sql, {}).rows == connection.execute(sql).fetchall()
    assert isinstance(frame(connection, "many", sql, {}).rows, list)
