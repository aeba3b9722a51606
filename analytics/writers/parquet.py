"""Frames as Parquet with exact types: decimal128 for money, int64 for counts, date32 for days."""

from __future__ import annotations

from analytics.core.frame import Frame


def write(frame: Frame) -> bytes:
    """The frame as one Parquet file, zstd-compressed."""
    import pyarrow
    import pyarrow.parquet

    sink = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(frame.to_arrow(), sink, compression="zstd")
    return bytes(sink.getvalue())
