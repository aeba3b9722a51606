"""Results too large for memory, written batch by batch; CSV is byte for byte what the writer of frames makes."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from analytics.core.frame import Column, Frame, arrow_type
from analytics.writers.csv import cell, enclosed, write

if TYPE_CHECKING:
    import pyarrow

    from analytics.ledger.database.connection import Stream


class Written(NamedTuple):
    """How many rows a file has, and in how many of its cells text was made safe for spreadsheets."""

    rows: int
    guarded: int


def csv(stream: Stream, file: BinaryIO) -> Written:
    """Write a stream whose decimals are text as CSV; instants are whole seconds."""
    file.write(write(Frame("", stream.columns, [])))
    rows = guarded = 0
    for batch in stream.batches:
        cells = _Cells(batch, stream.columns)
        file.write(cells.lines())
        rows, guarded = rows + batch.num_rows, guarded + cells.guarded
    return Written(rows, guarded)


def parquet(stream: Stream, file: BinaryIO) -> Written:
    """Write a stream as Parquet with exact types."""
    import pyarrow
    import pyarrow.parquet

    schema = pyarrow.schema([(column.name, arrow_type(column)) for column in stream.columns])
    rows = 0
    with pyarrow.parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in stream.batches:
            writer.write_batch(batch.cast(schema))
            rows += batch.num_rows
    return Written(rows, 0)


STREAMS: dict[str, Callable[[Stream, BinaryIO], Written]] = {"csv": csv, "parquet": parquet}


class _Cells:
    """The cells of a batch as CSV: a text that comes again and again is written once."""

    def __init__(self, batch: pyarrow.RecordBatch, columns: tuple[Column, ...]) -> None:
        self.guarded = 0
        pairs = zip(batch.columns, columns, strict=True)
        self._columns = [array if column.is_decimal else self._cells(array) for array, column in pairs]

    def lines(self) -> memoryview:
        """All rows, each with its end, one right behind the other as Arrow keeps texts."""
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
    """The cell of a value, and whether it was made safe; names and days come again in every batch."""
    text = cell(value)
    return enclosed(text), isinstance(value, str) and text != value
