"""Frame or document to bytes: one module per format, found by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from analytics.core.document import Document
from analytics.core.errors import UsageError, quoted
from analytics.core.frame import Frame

if TYPE_CHECKING:
    from analytics.core.frame import Stream
    from analytics.writers.streams import Written


class Format(NamedTuple):
    """An output format; `holds` is the type that its writer takes: a frame, or a document.

    `write_stream` writes results that are too large for memory, where the format can.
    """

    suffix: str
    media_type: str
    is_binary: bool
    holds: type[Frame | Document]
    write: Callable[[Any], bytes]
    write_stream: Callable[[Stream, BinaryIO], Written] | None = None


def _csv(frame: Frame) -> bytes:
    from analytics.writers import csv

    return csv.write(frame)


def _json(frame: Frame) -> bytes:
    from analytics.writers import json

    return json.write(frame)


def _markdown(frame: Frame) -> bytes:
    from analytics.writers import markdown

    return markdown.write(frame)


def _parquet(frame: Frame) -> bytes:
    from analytics.writers import parquet

    return parquet.write(frame)


def _csv_stream(stream: Stream, file: BinaryIO) -> Written:
    from analytics.writers import streams

    return streams.csv(stream, file)


def _parquet_stream(stream: Stream, file: BinaryIO) -> Written:
    from analytics.writers import streams

    return streams.parquet(stream, file)


def _html(document: Document) -> bytes:
    from analytics.writers import html

    return html.write(document)


def _pdf(document: Document) -> bytes:
    from analytics.writers import pdf

    return pdf.write(document)


def _xlsx(document: Document) -> bytes:
    from analytics.writers import xlsx

    return xlsx.write(document)


_XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = {
    "csv": Format("csv", "text/csv", is_binary=False, holds=Frame, write=_csv, write_stream=_csv_stream),
    "html": Format("html", "text/html", is_binary=False, holds=Document, write=_html),
    "json": Format("json", "application/json", is_binary=False, holds=Frame, write=_json),
    "markdown": Format("md", "text/markdown", is_binary=False, holds=Frame, write=_markdown),
    "parquet": Format(
        "parquet", "application/vnd.apache.parquet", is_binary=True, holds=Frame, write=_parquet, write_stream=_parquet_stream
    ),
    "pdf": Format("pdf", "application/pdf", is_binary=True, holds=Document, write=_pdf),
    "xlsx": Format("xlsx", _XLSX_TYPE, is_binary=True, holds=Document, write=_xlsx),
}
"""Every format that can be written, by name. To add one, write a module with `write` and add its line."""

TABLE_FORMATS = tuple(name for name, format_ in FORMATS.items() if format_.holds is Frame)
STREAM_FORMATS = tuple(name for name, format_ in FORMATS.items() if format_.write_stream)
DOCUMENT_FORMATS = tuple(name for name, format_ in FORMATS.items() if format_.holds is Document)


def writer(name: str) -> Callable[[Frame], bytes]:
    """The writer of a format of frames. Raises UsageError for any other format."""
    if name not in TABLE_FORMATS:
        raise UsageError("format-unknown", f"there is no format {quoted(name)}", f"formats: {', '.join(TABLE_FORMATS)}")
    return FORMATS[name].write


def stream_writer(name: str) -> Callable[[Stream, BinaryIO], Written]:
    """The writer of streams in a format. Raises UsageError for a format that has none."""
    write = FORMATS[name].write_stream if name in STREAM_FORMATS else None
    if write is None:
        raise UsageError("format-focus", f"a FOCUS file is not written as {name}", f"--format {' or '.join(STREAM_FORMATS)}")
    return write


def document_writer(name: str) -> Callable[[Document], bytes]:
    """The writer of documents in a format. Raises UsageError for an unknown format.

    The writer of a format of frames raises UsageError for a document with several sections.
    """
    if name in DOCUMENT_FORMATS:
        return FORMATS[name].write
    write = writer(name)
    return lambda document: write(only(document, name))


def only(document: Document, format_name: str) -> Frame:
    """The frame of a document with one section. Raises UsageError for several sections, which `format_name` cannot hold."""
    if not document.is_single:
        message = f"{document.subject} has several tables, and {format_name} holds one"
        raise UsageError("format-document", message, f"--format {', '.join(sorted(DOCUMENT_FORMATS, reverse=True))} -o FILE")
    return document.sections[0].frame
