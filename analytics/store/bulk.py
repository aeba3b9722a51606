"""The millions of rows of an amount file, read by DuckDB from canonical text: its distinct lines and credentials, then its facts.

The text is read twice. The first reading finds what is distinct, which `exports.rows` checks; the second turns every row into
three integers and holds its quantity against the one pattern.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from analytics.errors import ImportRefused, StoreError
from analytics.exports import layouts
from analytics.exports.text import StagedCsv

MAX_LINES = 100_000
MAX_CREDENTIALS = 250_000

_CSV_OPTIONS = """header = false, auto_detect = false, strict_mode = true, null_padding = false, ignore_errors = false,
    delim = ',', quote = '"', escape = '"', comment = '', nullstr = '', encoding = 'utf-8', new_line = '\\n',
    max_line_size = 131072"""


class BulkRefused(Exception):
    """The fast path met something that it does not accept; the strict reader says what and where."""


class Facts(NamedTuple):
    """What loading the facts of an export tells: the number of its first line, and each line's quantity and rows."""

    first_line: int
    totals: dict[int, tuple[int, int]]


def distinct(connection: duckdb.DuckDBPyConnection, staged: StagedCsv) -> tuple[list[list[str]], list[tuple[str, str]]]:
    """The distinct lines (user_id, bucket…, model, type, price) and credentials (api_key, api_key_name) of a staged file.

    Raises BulkRefused where DuckDB does not read as many rows as were staged, or refuses one.
    """
    shared, most = _shared_columns(staged), MAX_LINES + MAX_CREDENTIALS
    with _refusing():
        found = connection.execute(
            f"""SELECT {shared}, api_key, api_key_name, grouping(user_id) = 0, count(*)
            FROM {_csv(staged)}
            GROUP BY GROUPING SETS (({shared}), (api_key, api_key_name))
            LIMIT {most}"""
        ).fetchall()
    lines = [list(row[:-4]) for row in found if row[-2]]
    credentials = [(row[-4], row[-3]) for row in found if not row[-2]]
    if len(lines) > MAX_LINES or len(credentials) > MAX_CREDENTIALS or len(found) == most:
        what = f"{staged.name} holds more than {MAX_LINES:,} prices or {MAX_CREDENTIALS:,} keys"
        raise ImportRefused("csv-limit", what, "export a shorter period")
    rows_read = sum(row[-1] for row in found if row[-2])
    if rows_read != staged.rows:
        raise BulkRefused(f"read {rows_read} rows of {staged.rows}")
    return lines, credentials


def load_facts(
    connection: duckdb.DuckDBPyConnection,
    staged: StagedCsv,
    account: str,
    lines: Sequence[list[str]],
    credentials: Sequence[tuple[str, str]],
) -> Facts:
    """Turn every row of a staged file into three integers; the distinct `lines` and `credentials` were checked.

    Raises BulkRefused where a row's quantity is none.
    """
    ((last_line, last_credential),) = connection.execute(
        "SELECT (SELECT coalesce(max(line_id), 0) FROM line), (SELECT coalesce(max(credential_id), 0) FROM credential)"
    ).fetchall()
    shared = _shared_columns(staged)
    numbered = _numbered_credentials(connection, account, credentials, last_credential)
    _scratch_table(connection, "seen_line", f"line_id, {shared}", [(n, *cells) for n, cells in enumerate(lines, start=last_line + 1)])
    _scratch_table(connection, "seen_credential", "credential_id, api_key, api_key_name", [(n, *names) for names, n in numbered.items()])
    with _streaming(connection), _refusing():
        connection.execute(
            f"""INSERT INTO fact
            SELECT line_id, credential_id,
                CASE WHEN regexp_full_match(amount, '{layouts.QUANTITY}') THEN amount::BIGINT ELSE error('not a quantity') END
            FROM {_csv(staged)} AS staged
            JOIN seen_line USING ({shared})
            JOIN seen_credential USING (api_key, api_key_name)"""
        )
        totals = connection.execute(
            "SELECT line_id, sum(quantity), count(*) FROM fact WHERE line_id > ? GROUP BY line_id", [last_line]
        ).fetchall()
    if sum(rows for _, _, rows in totals) != staged.rows:
        raise BulkRefused("did not load every row")
    return Facts(last_line + 1, {line_id: (quantity, rows) for line_id, quantity, rows in totals})


def insert(connection: duckdb.DuckDBPyConnection, table: str, values: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows in one statement, column by column."""
    if not values:
        return
    columns = {f"c{number}": list(column) for number, column in enumerate(zip(*values, strict=True))}
    selected = ", ".join(f"unnest(${name})" for name in columns)
    connection.execute(f"INSERT INTO {table} SELECT {selected}", columns)


def literal(path: Path) -> str:
    """A path as a SQL string."""
    return "'" + str(path).replace("'", "''") + "'"


def _numbered_credentials(
    connection: duckdb.DuckDBPyConnection, account: str, credentials: Sequence[tuple[str, str]], last: int
) -> dict[tuple[str, str], int]:
    """The numbers of an account's credentials; those never seen before are added."""
    known = connection.execute("SELECT api_key, api_key_name, credential_id FROM credential WHERE account = ?", [account]).fetchall()
    numbers = {(api_key, name): number for api_key, name, number in known}
    unseen = [names for names in credentials if names not in numbers]
    added = {names: number for number, names in enumerate(unseen, start=last + 1)}
    insert(connection, "credential", [(number, account, *names) for names, number in added.items()])
    return {names: numbers.get(names) or added[names] for names in credentials}


def _scratch_table(connection: duckdb.DuckDBPyConnection, name: str, columns: str, values: Sequence[tuple[Any, ...]]) -> None:
    number, *texts = columns.split(", ")
    typed = ", ".join([f"{number} INTEGER", *(f"{text} VARCHAR" for text in texts)])
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({typed})")
    insert(connection, name, values)


def _shared_columns(staged: StagedCsv) -> str:
    """The columns that repeat from row to row, and make a line."""
    return ", ".join((*staged.columns[:-6], "model", "type", "price"))


def _csv(staged: StagedCsv) -> str:
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in staged.columns)
    never_null = ", ".join(f"'{name}'" for name in staged.columns)
    return f"read_csv({literal(staged.path)}, {_CSV_OPTIONS}, columns = {{{columns}}}, force_not_null = [{never_null}])"


@contextmanager
def _streaming(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Hash the few distinct lines and credentials and stream the many rows past them.

    The planner cannot guess the size of a CSV file, and would do the reverse. After an error the transaction takes no
    statement but ROLLBACK, so there the caller resets the planner.
    """
    connection.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
    yield
    connection.execute("RESET disabled_optimizers")


@contextmanager
def _refusing() -> Iterator[None]:
    """Tell a refusal of the text from a failure of the disk."""
    try:
        yield
    except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.OutOfRangeException) as error:
        raise BulkRefused(type(error).__name__) from None
    except duckdb.Error as error:
        what = str(error).splitlines()[0][:200]
        raise StoreError("database", f"the export could not be loaded: {what}", "free some space and try again") from None
