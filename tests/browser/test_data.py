"""The Data page in a browser: an export is uploaded, has its receipt, and is undone again, on a server of its own."""

import pytest

from analytics import Keyspend
from tests.support.browser_pages import BEFORE, LATER, settle
from tests.support.served_dashboard import served


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    """A ledger of one export, for these tests alone."""
    ledger = Keyspend(tmp_path_factory.mktemp("data") / "data")
    ledger.import_paths([BEFORE])
    return ledger


@pytest.fixture(scope="module")
def address(ledger):
    """A server of it."""
    with served(ledger.directory.root) as address:
        yield address


def test_an_export_is_uploaded_and_undone(open_page, ledger, tmp_path):
    """A dropped zip is imported, a damaged one in the same upload refused; an undo needs a confirmation and restores the numbers."""
    before = ledger.report("spend-by-key").rows
    (tmp_path / "broken.zip").write_bytes(LATER.read_bytes()[:5000])
    page = open_page("/data?period=all&currency=CNY")
    page.locator('[data-testid="stFileUploader"] input[type=file]').set_input_files([LATER, tmp_path / "broken.zip"])
    page.locator(".st-key-import button:enabled").click()
    shown = page.locator(".st-key-outcome")
    shown.wait_for()
    settle(page)

    assert "usage_data_2026-09-01_2026-09-30.zip: import 2" in shown.inner_text()
    assert "reconciled · yes, to the last digit" in shown.inner_text()
    assert "[zip-truncated]" in shown.inner_text()
    assert len(ledger.report("spend-by-month").rows) == 2
    assert "currency=CNY" in page.url

    choice = page.get_by_label("Import to undo")
    choice.scroll_into_view_if_needed()
    page.wait_for_timeout(500)  # a list that opens while the page scrolls closes again
    choice.click()
    page.get_by_role("option", name="2 · usage_data").click()
    page.locator(".st-key-undo button:enabled").click()
    page.get_by_role("dialog").get_by_text("2026-09-01 – 2026-09-30").wait_for()
    assert len(ledger.report("spend-by-month").rows) == 2
    page.locator(".st-key-undo-yes button").click()
    page.locator(".st-key-outcome", has_text="is undone").wait_for()
    settle(page)
    assert ledger.report("spend-by-key").rows == before
