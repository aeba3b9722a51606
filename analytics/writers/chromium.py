"""The path of a Chromium, Chrome or Edge on this machine."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

ENVIRONMENT_VARIABLE = "KEYSPEND_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge", "microsoft-edge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)


def find() -> str | None:
    """The path of the browser that KEYSPEND_CHROMIUM names, of one on PATH, or of one where installers put it; None without any."""
    if named := os.environ.get(ENVIRONMENT_VARIABLE):
        return named if Path(named).is_file() else None
    on_path = (shutil.which(name) for name in NAMES)
    return next(filter(None, [*on_path, *(place for place in PLACES if Path(place).is_file())]), None)
