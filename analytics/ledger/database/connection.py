"""A published generation opened for queries: read-only, closed to the outside, its errors translated."""

from __future__ import annotations

import re
import warnings
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock, Timer
from typing import TYPE_CHECKING, Any, Self, TypeVar

import duckdb

from analytics.core import runtime
from analytics.core.errors import StoreError, UsageError
from analytics.core.frame import ArrowRows, Column, Frame, Row, Stream

if TYPE_CHECKING:
    import numpy
    import pyarrow

T = TypeVar("T")

SCHEMA_VERSION = 8
"""Raised with every change of schema.sql, derived_tables.sql or views.sql: older generations are then built again from the evidence."""

SILENT = "SET enable_progress_bar = false"
"""Where Python looks interactive, in notebooks and under `python -c`, DuckDB would draw a bar on stdout for all that takes long."""

_PARAMETER = re.compile(r"\$([a-z_]+)")
_CLOSED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
}


_QUESTIONS = (["SELECT"], ["EXPLAIN"], ["MULTI"])
"""The kinds of statement that a user may run; a PIVOT is MULTI: one statement of several steps."""
_KEPT_ANSWERS = 512
"""Results that the process keeps of queries that many reports share. Nine reports on one month of the samples then take 0.24 s instead
of 0.53 s, of 20,000 keys 0.66 s instead of 0.82 s (median of three)."""
_kept: OrderedDict[tuple[Any, ...], Frame] = OrderedDict()
_running: dict[tuple[Any, ...], Lock] = {}


_BATCH_ROWS = 50_000

MANY_ROWS = 2048
"""What has more rows than these stays in Arrow, where that is loaded."""

_ALIKE = {"BIGINT", "INTEGER", "SMALLINT", "TINYINT", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP", "VARCHAR"}
"""Types whose values come out of Arrow as DuckDB gives them, apart from decimals."""

# The copy that DuckDB warns of takes a tenth of the time that the rows would.
warnings.filterwarnings("ignore", message="Arrow output on a DB-API result")


class Database:
    """An open generation."""

    def __init__(self, path: Path) -> None:
        with translated():
            self._connection = duckdb.connect(str(path), read_only=True, config=_CLOSED)
            # Who reads the same generation in the same process shares its settings, and finds them locked.
            with suppress(duckdb.InvalidInputException):
                self._connection.execute(f"{SILENT}; SET lock_configuration = true")
        self._identity = _identity(path)
        self._values: dict[Hashable, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def query(self, name: str, sql: str, parameters: Mapping[str, Any] | None = None) -> Frame:
        """The answer to `sql`; of `parameters`, those that it names as `$name` are bound."""
        with translated():
            return frame(self._connection, name, sql, _bound(sql, parameters or {}))

    def user_query(self, sql: str, most_rows: int | None = None, seconds: float | None = None) -> Frame:
        """The result of one SELECT of a user, or its first rows. Raises UsageError for any other statement, and after so many seconds."""
        with translated(), _ended_after(seconds, self._connection):
            if [statement.type.name for statement in duckdb.extract_statements(sql)] not in _QUESTIONS:
                raise UsageError("sql", "that is not one question", "ask one SELECT, for example SELECT * FROM imports")
            return frame(self._connection, "sql", sql, {}, most_rows)

    def columns(self, sql: str, parameters: Mapping[str, Any] | None = None) -> dict[str, numpy.ndarray]:
        """The answer to `sql` as arrays by column, for statistics: numbers that have a type of NumPy's, and no NULL among them."""
        wanted = set(_PARAMETER.findall(sql))
        with translated():
            return self._connection.execute(sql, {key: (parameters or {}).get(key) for key in wanted}).fetchnumpy()

    def cached_query(self, name: str, sql: str, parameters: Mapping[str, Any] | None = None) -> Frame:
        """The same for questions that many reports share: the answer is kept, because a generation never changes.

        A thread that runs the same query as another waits for the result of that one.
        """
        wanted = {key: (parameters or {}).get(key) for key in _PARAMETER.findall(sql)}
        question = (self._identity, sql, *((key, _hashable(value)) for key, value in wanted.items()))
        with _running.setdefault(question, Lock()):
            answer = _kept.get(question) or self.query(name, sql, parameters)
            _kept[question] = answer
        _running.pop(question, None)
        while len(_kept) > _KEPT_ANSWERS:
            _kept.popitem(last=False)
        return answer

    def stream(self, sql: str, parameters: Mapping[str, Any], *, as_text: bool = False) -> Stream:
        """The answer to `sql` in batches, for answers that memory should not hold; decimals `as_text` are plain, at full scale."""
        with translated():
            relation = self._connection.sql(sql, params=_bound(sql, parameters))
            columns = tuple(Column(name, str(type_)) for name, type_ in zip(relation.columns, relation.types, strict=True))
            if as_text:
                written = ", ".join(f'CAST("{c.name}" AS VARCHAR) AS "{c.name}"' if c.is_decimal else f'"{c.name}"' for c in columns)
                relation = relation.project(written)
            return Stream(columns, _translated_batches(relation))

    def once(self, key: Hashable, compute: Callable[[], T]) -> T:
        """The value of `compute`, computed once while this generation is open."""
        if key not in self._values:
            self._values[key] = compute()
        value: T = self._values[key]
        return value

    def head(self) -> tuple[int, str] | None:
        """The number and hash of the last act that this generation contains; None where it is of another schema."""
        ((version, seq, hash_),) = self.query("head", "SELECT schema_version, journal_seq, journal_hash FROM head").rows
        return (seq, hash_) if version == SCHEMA_VERSION else None


def _translated_batches(relation: duckdb.DuckDBPyRelation) -> Iterator[pyarrow.RecordBatch]:
    with translated():
        yield from relation.to_arrow_reader(_BATCH_ROWS)


def _bound(sql: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    wanted = set(_PARAMETER.findall(sql))
    return {key: value for key, value in parameters.items() if key in wanted}


def _hashable(value: Any) -> Any:
    if isinstance(value, dict):
        value = list(value.values())
    return tuple(map(_hashable, value)) if isinstance(value, list) else value


def _identity(path: Path) -> tuple[str, int, int]:
    """Tells a generation from all others: a ledger that was built anew uses its names again."""
    try:
        status = path.stat()
    except OSError:
        raise StoreError("database", f"{path.name} is gone", "it was replaced by a newer one: ask again") from None
    return str(path), status.st_ino, status.st_mtime_ns


@contextmanager
def _ended_after(seconds: float | None, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Interrupt what the block runs on the connection when its time is over."""
    timer = Timer(seconds, connection.interrupt) if seconds else None
    if timer:
        timer.start()
    try:
        yield
    except duckdb.InterruptException:
        if not timer:
            raise
        raise UsageError("sql-long", f"that takes longer than {seconds:g} seconds", "ask for less, or ask monthly_usage") from None
    finally:
        if timer:
            timer.cancel()


def frame(connection: duckdb.DuckDBPyConnection, name: str, sql: str, parameters: Mapping[str, Any], most_rows: int | None = None) -> Frame:
    """Run one statement and take its answer, or the first rows of it, off the connection."""
    answer = connection.execute(sql, dict(parameters))
    if answer is None or answer.description is None:
        raise UsageError("sql", "there is no question to answer", "ask a SELECT, for example SELECT * FROM imports")
    columns = tuple(Column(item[0], str(item[1])) for item in answer.description)
    return Frame(name, columns, _rows(answer, columns) if most_rows is None else answer.fetchmany(most_rows))


def _rows(answer: duckdb.DuckDBPyConnection, columns: Sequence[Column]) -> Sequence[Row]:
    first = answer.fetchmany(MANY_ROWS)
    if len(first) < MANY_ROWS:
        return first
    if runtime.has_arrow() and all(column.is_decimal or column.type in _ALIKE for column in columns):
        return ArrowRows(first, answer.to_arrow_table())
    return [*first, *answer.fetchall()]


@contextmanager
def translated() -> Iterator[None]:
    """DuckDB's errors as ours. A user's mistake in SQL is a UsageError, all else a StoreError."""
    try:
        yield
    except (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException, duckdb.InvalidInputException) as error:
        raise UsageError("sql", _first_lines(error), "`keyspend sql 'SHOW TABLES'` lists what can be asked") from None
    except duckdb.PermissionException as error:
        raise UsageError("sql-closed", _first_lines(error), "files and settings are out of reach of `keyspend sql`") from None
    except duckdb.OutOfRangeException as error:
        raise StoreError("overflow", _first_lines(error), "the numbers asked for are larger than DECIMAL(38,18) or BIGINT") from None
    except duckdb.Error as error:
        raise StoreError("database", _first_lines(error), "`keyspend verify` tells whether anything is damaged") from None


def _first_lines(error: Exception) -> str:
    return " ".join(str(error).split("\n\n")[0].split())[:300]
