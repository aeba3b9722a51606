"""Frames: the named result of a query, columns with their SQL types and exact rows.

Rows hold Decimal, int, date, datetime, str, bool, float or None, so that a schedule that writes CSV loads no data-frame
library. A frame converts to Arrow, Polars and pandas without loss of a digit: money stays decimal in all three.
Where Arrow is loaded already, many rows stay in it until they are read, so that showing a few rows costs only those.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, overload

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

Row = tuple[Any, ...]

_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")


def records(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
    """Rows as one dictionary each, by column: what a parameter of type STRUCT[] takes."""
    return [dict(zip(names, row, strict=True)) for row in rows]


class Column(NamedTuple):
    """A column's name and its DuckDB type, for example `computed_cost` and `DECIMAL(38,18)`."""

    name: str
    type: str

    @property
    def is_decimal(self) -> bool:
        """Whether its values are exact decimals, as money and prices are."""
        return self.type.startswith("DECIMAL")

    @property
    def is_number(self) -> bool:
        """Whether its values are aligned right in a table."""
        return self.is_decimal or self.type in ("BIGINT", "INTEGER", "HUGEINT", "DOUBLE", "SMALLINT", "TINYINT", "UBIGINT", "FLOAT")


class ArrowRows(Sequence[Row]):
    """A sequence of rows: the `first` as tuples, the `rest` in Arrow until they are read, by part or by column where that is enough.

    It is equal to a list of the same rows.
    """

    def __init__(self, first: list[Row], rest: pyarrow.Table) -> None:
        self._first, self._rest = first, rest
        self._made: list[Row] | None = None

    def __len__(self) -> int:
        return len(self._first) + int(self._rest.num_rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._all())

    def __eq__(self, other: object) -> bool:
        return self._all() == (other._all() if isinstance(other, ArrowRows) else other)

    __hash__ = None  # type: ignore[assignment]  # it is equal to a list, which has no hash

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | list[Row]:
        """Return the row at `place`, or the list of rows of a slice."""
        if self._made is not None or (isinstance(place, slice) and place.step not in (None, 1)):
            return self._all()[place]
        if isinstance(place, int):
            at = range(len(self))[place]
            return self[at : at + 1][0]
        start, stop, _ = place.indices(len(self))
        known = len(self._first)
        rest = self._rest.slice(max(start - known, 0), max(stop - max(start, known), 0))
        return [*self._first[start:stop], *_rows(rest)]

    def column(self, index: int) -> list[Any]:
        """Return the values of the column at position `index`."""
        if self._made is not None:
            return [row[index] for row in self._made]
        return [*(row[index] for row in self._first), *self._rest.column(index).to_pylist()]

    def _all(self) -> list[Row]:
        if self._made is None:
            self._made = [*self._first, *_rows(self._rest)]
        return self._made


def _rows(table: pyarrow.Table) -> Iterator[Row]:
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


class Stream(NamedTuple):
    """A frame on its way: its columns, and batches of its rows in their order."""

    columns: tuple[Column, ...]
    batches: Iterator[pyarrow.RecordBatch]


@dataclass(frozen=True)
class Frame:
    """The result of a query: `name`, `columns`, and `rows` in the order of the query."""

    name: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]

    @property
    def names(self) -> list[str]:
        """The names of the columns, in order."""
        return [column.name for column in self.columns]

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield the rows as dictionaries by column name."""
        names = self.names
        for row in self.rows:
            yield dict(zip(names, row, strict=True))

    def values(self, name: str) -> list[Any]:
        """Return the values of the column `name`. Raises ValueError for a name that the frame lacks."""
        index = self.names.index(name)
        return self.rows.column(index) if isinstance(self.rows, ArrowRows) else [row[index] for row in self.rows]

    def to_arrow(self) -> pyarrow.Table:
        """Return an Arrow table with exact types: decimal128 for money, int64 for counts."""
        import pyarrow

        columns = zip(*self.rows, strict=True) if self.rows else ([] for _ in self.columns)
        arrays = [pyarrow.array(values, arrow_type(column)) for column, values in zip(self.columns, columns, strict=True)]
        return pyarrow.Table.from_arrays(arrays, names=self.names)

    def to_polars(self) -> polars.DataFrame:
        """Return a Polars frame; money is Decimal. Sum money in SQL, because sums of Decimal overflow silently in Polars."""
        import polars

        return polars.DataFrame(polars.from_arrow(self.to_arrow()))

    def to_pandas(self) -> pandas.DataFrame:
        """Return a pandas frame with Arrow-backed columns; money is decimal128, never a float."""
        import pandas

        return self.to_arrow().to_pandas(types_mapper=pandas.ArrowDtype)


def arrow_type(column: Column) -> pyarrow.DataType:
    """Return the Arrow type that holds every value of a column without loss."""
    import pyarrow

    if decimal := _DECIMAL.fullmatch(column.type):
        return pyarrow.decimal128(int(decimal[1]), int(decimal[2]))
    simple = {
        "BIGINT": pyarrow.int64(),
        "INTEGER": pyarrow.int32(),
        "SMALLINT": pyarrow.int16(),
        "TINYINT": pyarrow.int8(),
        "HUGEINT": pyarrow.decimal128(38, 0),
        "DOUBLE": pyarrow.float64(),
        "FLOAT": pyarrow.float32(),
        "BOOLEAN": pyarrow.bool_(),
        "DATE": pyarrow.date32(),
        "TIMESTAMP": pyarrow.timestamp("us"),
    }
    return simple.get(column.type, pyarrow.string())
