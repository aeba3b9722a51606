"""A named answer: columns with their SQL types and exact rows.

Rows hold Decimal, int, date, datetime, str, bool, float or None, so that a schedule that writes CSV pays for no data-frame
library. Arrow, Polars and pandas are one call away and lose no digit: money stays decimal in all three.
Where Arrow is loaded already, many rows stay in it until somebody looks at them: who shows a few of them pays for those alone.
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
        """Whether its values are exact decimals: money or prices."""
        return self.type.startswith("DECIMAL")

    @property
    def is_number(self) -> bool:
        """Whether its values are aligned right in a table."""
        return self.is_decimal or self.type in ("BIGINT", "INTEGER", "HUGEINT", "DOUBLE", "SMALLINT", "TINYINT", "UBIGINT", "FLOAT")


class ArrowRows(Sequence[Row]):
    """Rows of which the `first` are made, and the `rest` when they are looked at, a part or a column of them alone where that will do.

    Equal to a list of the same rows.
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

    __hash__ = None  # type: ignore[assignment]  # like a list, which it is equal to

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | list[Row]:
        """A row, or a list of some."""
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
        """The values of one column."""
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
    """The answer to one question: `columns`, and `rows` in the order of the answer."""

    name: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]

    @property
    def names(self) -> list[str]:
        """The names of its columns."""
        return [column.name for column in self.columns]

    def records(self) -> Iterator[dict[str, Any]]:
        """The rows as dictionaries."""
        names = self.names
        for row in self.rows:
            yield dict(zip(names, row, strict=True))

    def values(self, name: str) -> list[Any]:
        """One column. Raises ValueError for a name that it does not have."""
        index = self.names.index(name)
        return self.rows.column(index) if isinstance(self.rows, ArrowRows) else [row[index] for row in self.rows]

    def to_arrow(self) -> pyarrow.Table:
        """An Arrow table with exact types: decimal128 for money, int64 for counts."""
        import pyarrow

        columns = zip(*self.rows, strict=True) if self.rows else ([] for _ in self.columns)
        arrays = [pyarrow.array(values, arrow_type(column)) for column, values in zip(self.columns, columns, strict=True)]
        return pyarrow.Table.from_arrays(arrays, names=self.names)

    def to_polars(self) -> polars.DataFrame:
        """A Polars frame; money is Decimal. Sum money in SQL: sums of Decimal wrap silently there."""
        import polars

        return polars.DataFrame(polars.from_arrow(self.to_arrow()))

    def to_pandas(self) -> pandas.DataFrame:
        """A pandas frame with Arrow-backed columns; money is decimal128, never a float."""
        import pandas

        return self.to_arrow().to_pandas(types_mapper=pandas.ArrowDtype)


def arrow_type(column: Column) -> pyarrow.DataType:
    """The Arrow type that loses nothing of a column."""
    import pyarrow

    if found := _DECIMAL.fullmatch(column.type):
        return pyarrow.decimal128(int(found[1]), int(found[2]))
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
