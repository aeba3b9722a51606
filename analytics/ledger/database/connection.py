"""The read-only connection to a published generation: without access to files or networks, its errors translated."""

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

SCHEMA_VERSION = 9
"""Increased with every change of schema.sql, derived_tables.sql or views.sql: older generations are then built again from the evidence."""

SILENT = "SET enable_progress_bar = false"
"""Where Python looks interactive, in notebooks and under `python -c`, DuckDB would draw a bar on stdout for all that takes long."""

_PARAMETER = re.compile(r"\$([a-z_]+)")
_CLOSED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
}


_USER_STATEMENTS = (["SELECT"], ["EXPLAIN"], ["MULTI"])
"""The statements that a user may run, by their type; a PIVOT is MULTI: one statement of several steps."""
_CACHE_SIZE = 512
"""Results that the process keeps of queries that many reports share. Nine reports on one month of the samples then take 0.24 s instead
of 0.53 s, of 20,000 keys 0.66 s instead of 0.82 s (median of three)."""
_cache: OrderedDict[tuple[Any, ...], Frame] = OrderedDict()
_running: dict[tuple[Any, ...], Lock] = {}


_BATCH_ROWS = 50_000

MANY_ROWS = 2048
"""The rows of a frame beyond this number stay in Arrow, where that is loaded."""

_ALIKE = {"BIGINT", "INTEGER", "SMALLINT", "TINYINT", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP", "VARCHAR"}
"""The types, other than decimals, whose values are the same from Arrow as from DuckDB."""

# The copy that DuckDB warns of takes a tenth of the time of fetching the rows.
warnings.filterwarnings("ignore", message="Arrow output on a DB-API result")


class Database:
    """A published generation, open for reading."""

    def __init__(self, path: Path) -> None:
        with translated():
            self._connection = duckdb.connect(str(path), read_only=True, config=_CLOSED)
            # Connections of one process to the same generation share its settings, so for the second they are locked already.
            with suppress(duckdb.InvalidInputException):
                self._connection.execute(f"{SILENT}; SET lock_configuration = true")
        self._identity = _identity(path)
        self._values: dict[Hashable, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection and release the file."""
        self._connection.close()

    def query(self, name: str, sql: str, parameters: Mapping[str, Any] | None = None) -> Frame:
        """Return the result of `sql` as the frame `name`; of `parameters`, those that it names as `$name` are bound. Raises StoreError."""
        with translated():
            return frame(self._connection, name, sql, _bound(sql, parameters or {}))

    def user_query(self, sql: str, most_rows: int | None = None, seconds: float | None = None) -> Frame:
        """Return the result of one SELECT of a user, at most `most_rows` of its rows.

        Raises UsageError for any other statement, for an error in it, and where it takes longer than `seconds`.
        """
        with translated(), _ended_after(seconds, self._connection):
            if [statement.type.name for statement in duckdb.extract_statements(sql)] not in _USER_STATEMENTS:
                raise UsageError("sql", "that is not one question", "ask one SELECT, for example SELECT * FROM imports")
            return frame(self._connection, "sql", sql, {}, most_rows)

    def columns(self, sql: str, parameters: Mapping[str, Any] | None = None) -> dict[str, numpy.ndarray]:
        """Return the result of `sql` as NumPy arrays by column, for statistics: columns of NumPy types without NULL."""
        names = set(_PARAMETER.findall(sql))
        with translated():
            return self._connection.execute(sql, {name: (parameters or {}).get(name) for name in names}).fetchnumpy()

    def cached_query(self, name: str, sql: str, parameters: Mapping[str, Any] | None = None) -> Frame:
        """Return the result of `query`, cached by generation, for queries that many reports share: a generation never changes.

        Of threads that run the same query, one runs it and the others wait for its result.
        """
        named = {key: (parameters or {}).get(key) for key in _PARAMETER.findall(sql)}
        cache_key = (self._identity, sql, *((key, _hashable(value)) for key, value in named.items()))
        with _running.setdefault(cache_key, Lock()):
            result = _cache.get(cache_key) or self.query(name, sql, parameters)
            _cache[cache_key] = result
        _running.pop(cache_key, None)
        while len(_cache) > _CACHE_SIZE:
            _cache.popitem(last=False)
        return result

    def stream(self, sql: str, parameters: Mapping[str, Any], *, as_text: bool = False) -> Stream:
        """Return the result of `sql` in batches, so that memory holds one at a time; `as_text` gives decimals as text at full scale."""
        with translated():
            relation = self._connection.sql(sql, params=_bound(sql, parameters))
            columns = tuple(Column(name, str(type_)) for name, type_ in zip(relation.columns, relation.types, strict=True))
            if as_text:
                projection = ", ".join(f'CAST("{c.name}" AS VARCHAR) AS "{c.name}"' if c.is_decimal else f'"{c.name}"' for c in columns)
                relation = relation.project(projection)
            return Stream(columns, _translated_batches(relation))

    def once(self, key: Hashable, compute: Callable[[], T]) -> T:
        """Return the value of `compute`, which is called once per `key` while this generation is open."""
        if key not in self._values:
            self._values[key] = compute()
        value: T = self._values[key]
        return value

    def head(self) -> tuple[int, str] | None:
        """Return the number and hash of the last act in this generation; None where it is of another schema."""
        ((version, seq, hash_),) = self.query("head", "SELECT schema_version, journal_seq, journal_hash FROM head").rows
        return (seq, hash_) if version == SCHEMA_VERSION else None


def _translated_batches(relation: duckdb.DuckDBPyRelation) -> Iterator[pyarrow.RecordBatch]:
    with translated():
        yield from relation.to_arrow_reader(_BATCH_ROWS)


def _bound(sql: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    names = set(_PARAMETER.findall(sql))
    return {name: value for name, value in parameters.items() if name in names}


def _hashable(value: Any) -> Any:
    if isinstance(value, dict):
        value = list(value.values())
    return tuple(map(_hashable, value)) if isinstance(value, list) else value


def _identity(path: Path) -> tuple[str, int, int]:
    """Return the identity of a generation: path, inode and time; a rebuilt ledger uses the names of its files again. Raises StoreError."""
    try:
        file_stat = path.stat()
    except OSError:
        raise StoreError("database", f"{path.name} is gone", "it was replaced by a newer one: ask again") from None
    return str(path), file_stat.st_ino, file_stat.st_mtime_ns


@contextmanager
def _ended_after(seconds: float | None, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Interrupt the statement of the block after `seconds`. Raises UsageError then."""
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
    """Return the result of one statement as the frame `name`, at most `most_rows` of its rows. Raises UsageError where it has none."""
    result = connection.execute(sql, dict(parameters))
    if result is None or result.description is None:
        raise UsageError("sql", "there is no question to answer", "ask a SELECT, for example SELECT * FROM imports")
    columns = tuple(Column(item[0], str(item[1])) for item in result.description)
    return Frame(name, columns, _rows(result, columns) if most_rows is None else result.fetchmany(most_rows))


def _rows(result: duckdb.DuckDBPyConnection, columns: Sequence[Column]) -> Sequence[Row]:
    first = result.fetchmany(MANY_ROWS)
    if len(first) < MANY_ROWS:
        return first
    if runtime.has_arrow() and all(column.is_decimal or column.type in _ALIKE for column in columns):
        return ArrowRows(first, result.to_arrow_table())
    return [*first, *result.fetchall()]


@contextmanager
def translated() -> Iterator[None]:
    """Raise DuckDB's errors in the block as UsageError for a mistake in SQL, and as StoreError for any other."""
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
