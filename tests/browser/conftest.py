"""A server over the samples and a Chromium, once per session; after every test its pages must be free of errors and foreign requests."""

import os
from collections import defaultdict
from contextlib import ExitStack, contextmanager
from urllib.parse import urljoin

import pytest
from playwright.sync_api import sync_playwright

from analytics import Keyspend
from tests.browser import chromium
from tests.conftest import NOW, SAMPLES
from tests.support.browser_pages import LATER, settle
from tests.support.exports_for import hostile_names
from tests.support.served_dashboard import served

PROBE = "/_stcore/"
"""Streamlit's page first requests its server below the path of a deep link; that answer is 404, by design."""

REST = "/_stcore/health"
"""Where a tab waits for its next test: a page of the same server, so that the browser keeps what it has read."""


@pytest.fixture(scope="session")
def data_directory(tmp_path_factory):
    """The samples but one export, and an account whose names are hostile."""
    folder = tmp_path_factory.mktemp("browser")
    ledger = Keyspend(folder / "data", clock=lambda: NOW)
    exports = [path for path in sorted(SAMPLES.rglob("*.zip")) if path != LATER]
    ledger.import_paths([*exports, hostile_names(folder / "usage_data_2026-08-01_2026-08-02.zip")])
    return folder / "data"


@pytest.fixture(scope="session")
def address(data_directory):
    """The address of `keyspend dashboard` over that data."""
    with served(data_directory) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    """A real Chromium. Without one these tests are skipped, and fail where KEYSPEND_REQUIRE_BROWSER is set."""
    path = chromium.find()
    if path is None:
        reason = "no Chromium or Chrome here: `make browser` prints why"
        pytest.fail(reason) if os.environ.get(chromium.REQUIRED) else pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=chromium.FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def tabs(browser):
    """Lends open tabs by width, theme and language: a tab with Streamlit's scripts in its cache shows a page in half the time.

    Each is a window of its own, for a tab behind another draws one frame a second.
    """
    free = defaultdict(list)

    @contextmanager
    def lent(*visitor):
        width, theme, locale = visitor
        viewport = {"width": width, "height": 900}
        tab = free[visitor].pop() if free[visitor] else browser.new_page(viewport=viewport, color_scheme=theme, locale=locale)
        yield tab
        tab.goto(urljoin(tab.url, REST))
        free[visitor].append(tab)

    return lent


@pytest.fixture
def open_page(tabs, address):
    """Opens pages of the dashboard; afterwards none may have logged an error, requested another host or opened a dialog."""
    wrong = []
    listeners = {
        "console": lambda message: _note(wrong, message),
        "pageerror": lambda error: wrong.append(f"error: {error}"),
        "dialog": lambda dialog: wrong.append(f"dialog: {dialog.message}"),
        "request": lambda request: _foreign(wrong, request.url, address),
    }
    with ExitStack() as stack:

        def opened(path="/", *, width=1440, theme="light", locale="en-US"):
            page = stack.enter_context(tabs(width, theme, locale))
            for event, listener in listeners.items():
                page.on(event, listener)
                stack.callback(page.remove_listener, event, listener)
            page.goto(address + path)
            settle(page)
            return page

        yield opened
    assert wrong == []


def _note(wrong, message):
    if message.type in ("error", "warning") and PROBE not in message.location.get("url", ""):
        wrong.append(f"{message.type}: {message.text}")


def _foreign(wrong, url, address):
    if not url.startswith((address, address.replace("http", "ws"), "data:", "blob:")):
        wrong.append(f"request to {url}")
