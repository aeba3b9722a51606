"""RFC 4180 CSV: UTF-8 without BOM, CRLF, a header, plain decimals, ISO dates."""

from __future__ import annotations

import csv
import io

from analytics.frame import Frame
from analytics.writers.cells import machine_text


def write(frame: Frame) -> bytes:
    """The frame as CSV; one without rows is its header."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(frame.names)
    writer.writerows([machine_text(value) for value in row] for row in frame.rows)
    return text.getvalue().encode()
