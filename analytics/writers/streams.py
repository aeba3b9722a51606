"""Results too large for memory, written batch by batch; CSV is byte for byte that of the writer of frames."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from analytics.core.frame import Column, Frame, arrow_type
from analytics.writers.csv import cell, enclosed, write

if TYPE_CHECKING:
    import pyarrow

    from analytics.core.frame import Stream


class Written(NamedTuple):
    """The number of rows of a file, and of cells whose text was escaped for spreadsheets."""

    rows: int
    guarded: int


def csv(stream: Stream, file: BinaryIO) -> Written:
    """Write a stream as CSV; its decimals must be text, and its instants whole seconds. Return the counts."""
    file.write(write(Frame("", stream.columns, [])))
    rows = guarded = 0
    for batch in stream.batches:
        cells = _Cells(batch, stream.columns)
        file.write(cells.lines())
        rows, guarded = rows + batch.num_rows, guarded + cells.guarded
    return Written(rows, guarded)


def parquet(stream: Stream, file: BinaryIO) -> Written:
    """Write a stream as Parquet with exact types, zstd-compressed. Return the counts; no cell is escaped."""
    import pyarrow
    import pyarrow.parquet

    schema = pyarrow.schema([(column.name, arrow_type(column)) for column in stream.columns])
    rows = 0
    with pyarrow.parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in stream.batches:
            writer.write_batch(batch.cast(schema))
            rows += batch.num_rows
    return Written(rows, 0)


class _Cells:
    """The cells of a batch as CSV; each distinct value of a column is formatted once."""

    def __init__(self, batch: pyarrow.RecordBatch, columns: tuple[Column, ...]) -> None:
        self.guarded = 0
        pairs = zip(batch.columns, columns, strict=True)
        self._columns = [array if column.is_decimal else self._cells(array) for array, column in pairs]

    def lines(self) -> memoryview:
        """The bytes of all rows with their line ends, from the contiguous buffer of Arrow."""
        import pyarrow
        from pyarrow import compute

        rows = compute.binary_join_element_wise(*self._columns, ",", null_handling="replace", null_replacement="")
        ended = compute.binary_join_element_wise(rows, "", "\r\n").cast(pyarrow.large_string())
        _, ends, content = ended.buffers()
        return memoryview(content)[: memoryview(ends).cast("q")[len(ended)]]

    def _cells(self, array: pyarrow.Array) -> pyarrow.Array:
        import pyarrow

        encoded = array.dictionary_encode()
        cells = [_guarded(value) for value in encoded.dictionary.to_pylist()]
        if any(is_guarded for _, is_guarded in cells):
            self.guarded += pyarrow.array([is_guarded for _, is_guarded in cells]).take(encoded.indices).true_count
        return pyarrow.array([text for text, _ in cells], pyarrow.string()).take(encoded.indices)


@lru_cache(maxsize=1 << 17, typed=True)
def _guarded(value: Any) -> tuple[str, bool]:
    """The cell of a value, and whether it was escaped; cached, because names and days recur in every batch."""
    text = cell(value)
    return enclosed(text), isinstance(value, str) and text != value
