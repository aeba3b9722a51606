"""The Month page in a browser: the links between months, and the downloads for accounting."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.browser_pages import saved, settle


def test_the_month_is_in_the_address(open_page):
    """Choosing a month is one step in the address, and the browser's back button takes it back."""
    page = open_page("/month?period=2026-08&currency=CNY")
    page.locator(".st-key-picker").get_by_role("button", name="July 2026", exact=True).click()
    page.locator(".st-key-month-status", has_text="July 2026").wait_for()
    settle(page)
    assert {"period=2026-07", "currency=CNY"} == set(page.url.split("?")[1].split("&"))
    page.go_back()
    page.locator(".st-key-month-status", has_text="August 2026").wait_for()


SLOWLY = pytest.mark.slow


@pytest.mark.parametrize(("report", "against"), [pytest.param("statement", [], marks=SLOWLY), ("variance", ["--against", "2026-04"])])
def test_the_books_are_the_commands_files(open_page, data_directory, report, against):
    """The downloads are the files of the command, compared with the month that the page is compared with."""
    page = open_page("/month?period=2026-06&currency=USD" + "".join(f"&against={name}" for name in against[1:]))
    download = saved(page, page.locator(f".st-key-book-{report}").get_by_role("button"))

    report = ["report", report, "--month", "2026-06", "--currency", "USD", *against, "--format", "csv"]
    command = [sys.executable, "-m", "analytics", "--data-dir", str(data_directory), *report]
    assert Path(download.path()).read_bytes() == subprocess.run(command, capture_output=True, check=True).stdout
