"""From a frame to bytes: one function per format, found by name; no writer knows which question was asked.

To add a format, write a module with `write(frame) -> bytes` and name it in FORMATS.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from analytics.errors import UsageError, quoted
from analytics.frame import Frame

FORMATS = {
    "csv": "analytics.writers.csv",
    "json": "analytics.writers.json",
    "markdown": "analytics.writers.markdown",
    "parquet": "analytics.writers.parquet",
}


def writer(name: str) -> Callable[[Frame], bytes]:
    """The writer of a format. Raises UsageError for an unknown one."""
    if name not in FORMATS:
        raise UsageError("format-unknown", f"there is no format {quoted(name)}", f"formats: {', '.join(FORMATS)}")
    write: Callable[[Frame], bytes] = import_module(FORMATS[name]).write
    return write
