"""The page What if in a browser: a slider changes the address, and the download is the file of the command."""

import re
import subprocess
import sys
from pathlib import Path

from tests.support.browser_pages import saved, settle


def test_a_slider_prices_the_period_again(open_page, data_directory):
    """A key press moves a slider, the address holds it, a link shows the same, and the file is what `keyspend what-if` writes."""
    page = open_page("/what_if?period=2026-09&currency=CNY&hits=0.75")
    page.locator(".st-key-suppose-hits").get_by_role("slider").press("ArrowRight")
    page.wait_for_url(re.compile("hits=0.8"))
    settle(page)

    other = open_page(page.url.removeprefix(page.url.split("/what_if")[0]))
    assert other.locator(".st-key-tiles").inner_text() == page.locator(".st-key-tiles").inner_text()
    download = saved(page, page.locator(".st-key-card-what-if").get_by_role("button", name="Download CSV"))
    arguments = ["what-if", "--month", "2026-09", "--currency", "CNY", "--cache-hit-ratio", "0.8", "--format", "csv"]
    command = [sys.executable, "-m", "analytics", "--data-dir", str(data_directory), *arguments]
    assert Path(download.path()).read_bytes() == subprocess.run(command, capture_output=True, check=True).stdout
