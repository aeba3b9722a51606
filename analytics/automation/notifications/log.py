"""The log of notifications in the data directory: text readable by its user alone, in at most five files of 1 MiB each."""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Iterable
from datetime import datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path

from analytics.core.files import disk_errors

_BYTES = 1 << 20
_KEPT = 4


class _Private(RotatingFileHandler):
    """A rotating handler whose files have mode 0600, and which raises errors of the disk instead of printing them."""

    def _open(self) -> io.TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's own name)
        del record
        raise  # noqa: PLE0704 (called from an except block)


def write(path: Path, now: datetime, lines: Iterable[str]) -> None:
    """Append lines, each with the time (naive UTC). Raises StoreError on errors of the disk."""
    with disk_errors():
        handler = _Private(path, maxBytes=_BYTES, backupCount=_KEPT, encoding="utf-8")
        try:
            for line in lines:
                text = f"{now:%Y-%m-%dT%H:%M:%SZ} {line}"
                handler.emit(logging.LogRecord("notices", logging.INFO, "", 0, text, None, None))
        finally:
            handler.close()
