"""The Hot keys page in a browser: the link to a key, and the download of all alerts."""

import subprocess
import sys
from pathlib import Path

from tests.support.browser_pages import saved, settle


def test_an_alert_leads_to_its_key_and_its_file(open_page, data_directory):
    """The download is the file of the command for the same filters; the link of an alert opens its key in the same period."""
    page = open_page("/hot?period=2026-06&currency=CNY")
    download = saved(page, page.locator(".st-key-card-alerts").get_by_role("button", name="Download CSV"))
    report = ["report", "hot-keys", "--month", "2026-06", "--currency", "CNY", "--format", "csv"]
    command = [sys.executable, "-m", "analytics", "--data-dir", str(data_directory), *report]
    written = subprocess.run(command, capture_output=True, check=True).stdout
    assert Path(download.path()).read_bytes() == written
    assert written.count(b"\n") == 2

    page.get_by_role("link", name="Open résumé-parser").click()
    page.wait_for_url("**/keys?*")
    settle(page)
    assert page.locator("h1").inner_text() == "résumé-parser"
    assert {"period=2026-06", "currency=CNY"} <= set(page.url.split("?")[1].split("&"))
