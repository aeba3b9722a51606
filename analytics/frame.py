"""A named answer: columns with their SQL types and exact rows; it computes nothing.

Rows hold Decimal, int, date, datetime, str, bool, float or None, so that a schedule that writes CSV pays for no data-frame
library. Arrow, Polars and pandas are one call away and lose no digit: money stays decimal in all three.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")


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


@dataclass(frozen=True)
class Frame:
    """The answer to one question: `columns`, and `rows` in the order of the answer."""

    name: str
    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]

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
        return [row[index] for row in self.rows]

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
