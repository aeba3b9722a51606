"""A Chromium for the tests: found on this machine, or obtained by `make browser` where that is possible."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from analytics.writers import chromium

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
REQUIRED = "KEYSPEND_REQUIRE_BROWSER"
PATIENCE_SECONDS = 600


def find():
    """The path of a Chromium or Chrome, or None where there is none."""
    return chromium.find() or _playwrights_own()


def _playwrights_own():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


def obtain():
    """Install one: Debian's as root, else Playwright's own; the commands print their errors."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        _try("apt-get", "-qq", "update")
        _try("apt-get", "-qq", "install", "-y", "--no-install-recommends", "chromium")
    if not find():
        _try(sys.executable, "-m", "playwright", "install", "chromium")


def _try(*command):
    print("obtaining a browser for the tests:", " ".join(command), file=sys.stderr)
    try:
        subprocess.run(command, check=False, timeout=PATIENCE_SECONDS, stdout=sys.stderr, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"  {error}", file=sys.stderr)


def main():
    """Make sure that there is a browser; warn where there is none, and exit with 1 where it is required."""
    if not find():
        obtain()
    if find():
        return
    print("*** No Chromium or Chrome, and none could be installed: the browser tests will be SKIPPED. ***", file=sys.stderr)
    sys.exit(1 if os.environ.get(REQUIRED) else 0)


if __name__ == "__main__":
    main()
