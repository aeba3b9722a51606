"""Documents in a real browser: the download has the command's bytes, and a page of hostile names opens by itself and runs nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from analytics import Keyspend
from analytics.writers import document_writer
from tests.support.browser_pages import saved, serious


@pytest.mark.parametrize("name", ["xlsx", *(pytest.param(name, marks=pytest.mark.slow) for name in ("html", "pdf"))])
def test_the_month_pack_is_the_commands_file(open_page, data_directory, tmp_path, name):
    """The month pack of the Month page is, byte for byte, that of the command."""
    page = open_page("/month?period=2026-06&currency=USD")
    download = saved(page, page.locator(".st-key-book-pack").get_by_role("button", name=name.upper()))

    command = [sys.executable, "-m", "analytics", "--data-dir", str(data_directory), "report", "month-pack", "--month", "2026-06"]
    subprocess.run([*command, "--format", name, "-o", str(tmp_path / "pack")], capture_output=True, check=True)
    assert Path(download.path()).read_bytes() == (tmp_path / "pack").read_bytes()


@pytest.mark.parametrize("subject", [pytest.param("month-pack", marks=pytest.mark.slow), "spend-by-key"])
def test_a_page_of_hostile_names_opens_alone(browser, data_directory, tmp_path, subject):
    """A month with hostile names as HTML runs nothing, requests nothing, fits a telephone, and axe-core finds nothing serious in it."""
    path = tmp_path / "page.html"
    path.write_bytes(document_writer("html")(Keyspend(data_directory).document(subject, month="2026-08")))
    page = browser.new_page(viewport={"width": 390, "height": 800})
    events = []
    page.on("request", lambda request: events.append(request.url))
    page.on("dialog", lambda dialog: events.append(dialog.message))
    page.on("console", lambda message: events.append(message.text))
    page.goto(path.as_uri())

    assert events == [path.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert serious(page) == []
    page.close()
