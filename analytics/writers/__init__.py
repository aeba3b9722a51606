"""Frame or document to bytes: one module per format, found by name.

To add a format of one table, write a module with `write(frame) -> bytes` and name it in FORMATS; one of whole documents, with
`write(document) -> bytes` in DOCUMENT_FORMATS.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from analytics.core.document import Document
from analytics.core.errors import UsageError, quoted
from analytics.core.frame import Frame

FORMATS = {
    "csv": "analytics.writers.csv",
    "json": "analytics.writers.json",
    "markdown": "analytics.writers.markdown",
    "parquet": "analytics.writers.parquet",
}
DOCUMENT_FORMATS = {
    "html": "analytics.writers.html",
    "pdf": "analytics.writers.pdf",
    "xlsx": "analytics.writers.xlsx",
}


def writer(name: str) -> Callable[[Frame], bytes]:
    """The writer of a format. Raises UsageError for an unknown one."""
    if name not in FORMATS:
        raise UsageError("format-unknown", f"there is no format {quoted(name)}", f"formats: {', '.join(FORMATS)}")
    write: Callable[[Frame], bytes] = import_module(FORMATS[name]).write
    return write


def document_writer(name: str) -> Callable[[Document], bytes]:
    """The writer of a format for documents; a format of one table takes a document of one. Raises UsageError where it is more."""
    if name in DOCUMENT_FORMATS:
        write: Callable[[Document], bytes] = import_module(DOCUMENT_FORMATS[name]).write
        return write
    frame_writer = writer(name)
    return lambda document: frame_writer(only(document, name))


def only(document: Document, format_name: str) -> Frame:
    """The frame of a document of one section. Raises UsageError for another, which `format_name` cannot hold."""
    if not document.is_single:
        told = f"{document.subject} has several tables, and {format_name} holds one"
        raise UsageError("format-document", told, f"--format {', '.join(sorted(DOCUMENT_FORMATS, reverse=True))} -o FILE")
    return document.sections[0].frame
