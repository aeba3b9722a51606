"""The page of `writers.html` as PDF, printed on A4 by a Chromium of this machine; reproducible with the same Chromium."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from datetime import date
from pathlib import Path

from analytics.core.document import Document
from analytics.core.errors import AnalyticsError, UsageError
from analytics.writers import chromium, html

PATIENCE_SECONDS = 120
_FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--no-pdf-header-footer",
)
_WRITTEN = re.compile(rb"/(CreationDate|ModDate) \(D:\d{14}")


def write(document: Document) -> bytes:
    """The document as PDF. Raises UsageError without a Chromium, and AnalyticsError where it fails or exceeds PATIENCE_SECONDS."""
    browser = chromium.find()
    if browser is None:
        hint = f"install Chromium or Chrome, or name it in {chromium.ENVIRONMENT_VARIABLE}; --format html prints the same from any browser"
        raise UsageError("pdf-browser", "PDF is printed by a Chromium, and there is none on this machine", hint)
    with tempfile.TemporaryDirectory(prefix="keyspend-") as folder:
        page = Path(folder) / "page.html"
        page.write_bytes(html.write(document))
        return _dated(_printed(browser, page), document.as_of)


def _printed(browser: str, page: Path) -> bytes:
    """The PDF of a page, printed with a temporary profile and without network access."""
    target = page.with_suffix(".pdf")
    flags = [*_FLAGS, "--proxy-server=127.0.0.1:9", f"--user-data-dir={page.parent / 'profile'}", f"--print-to-pdf={target}"]
    # Chromium has no sandbox for root; the page has no script that would need one.
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        flags.append("--no-sandbox")
    try:
        done = subprocess.run([browser, *flags, page.as_uri()], capture_output=True, timeout=PATIENCE_SECONDS, check=False)  # noqa: S603 - no argument comes from a user
        return target.read_bytes() if done.returncode == 0 else _refused(f"it ended with {done.returncode}")
    except (OSError, subprocess.TimeoutExpired) as error:
        return _refused(type(error).__name__)


def _refused(reason: str) -> bytes:
    raise AnalyticsError("pdf-print", f"the browser printed no PDF: {reason}", "--format html prints the same from any browser")


def _dated(pdf: bytes, day: date) -> bytes:
    """The PDF with the dates of the document in the place of the clock's, so that every print has the same bytes."""
    return _WRITTEN.sub(rb"/\1 (D:" + f"{day:%Y%m%d}000000".encode(), pdf)
