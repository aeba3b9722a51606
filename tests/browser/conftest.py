"""A server over real exports and a Chromium that looks at it, once per session; what a page must be free of is held after every test."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections import defaultdict
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urljoin

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError
from playwright.sync_api import sync_playwright

from analytics import Keyspend
from tests.browser import chromium
from tests.conftest import NOW, SAMPLES
from tests.support.exports_for import hostile_names

LATER = SAMPLES / "main-account" / "usage_data_2026-09-01_2026-09-30.zip"
"""The export that is left for a test to import while a tab is open."""
PATIENCE_SECONDS = 30
IDLE = """() => {
    const app = document.querySelector('[data-testid="stApp"]')
    return app && app.dataset.testScriptState === 'notRunning' && app.dataset.testConnectionState === 'CONNECTED'
        && !document.querySelector('[data-stale="true"], [data-testid="stSkeleton"], [data-testid="stSpinner"]')
}"""
PROBE = "/_stcore/"
"""Streamlit's page asks for its server below the path of a deep link first; that answer is 404, by design."""

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


def free_port():
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def served(data_directory, *options, port=None):
    """Serve a data directory as its user would; give the address."""
    port = port or free_port()
    command = [sys.executable, "-m", "analytics", "--data-dir", str(data_directory), "dashboard", "--port", str(port), *options]
    log = Path(data_directory).with_name(f"server-{port}.log")
    with log.open("wb") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        _wait(f"http://127.0.0.1:{port}/_stcore/health", log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(PATIENCE_SECONDS)


def _wait(address, log):
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(address):
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"the server did not start:\n{log.read_text()}")


@pytest.fixture(scope="session")
def browser():
    """A real Chromium. Without one these tests are skipped, and fail where KEYSPEND_REQUIRE_BROWSER asks for one."""
    path = chromium.find()
    if path is None:
        told = "no Chromium or Chrome here: `make browser` says why"
        pytest.fail(told) if os.environ.get(chromium.REQUIRED) else pytest.skip(told)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=chromium.FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def tabs(browser):
    """Lends open tabs by width, theme and language: a tab that has read Streamlit's scripts before shows a page in half the time.

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
    """Opens pages of the dashboard; afterwards none may have logged an error, asked another host or opened a dialog."""
    wrong = []
    heard = {
        "console": lambda message: _note(wrong, message),
        "pageerror": lambda error: wrong.append(f"error: {error}"),
        "dialog": lambda dialog: wrong.append(f"dialog: {dialog.message}"),
        "request": lambda request: _foreign(wrong, request.url, address),
    }
    with ExitStack() as stack:

        def opened(path="/", *, width=1440, theme="light", locale="en-US"):
            page = stack.enter_context(tabs(width, theme, locale))
            for event, listener in heard.items():
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


def becomes(told, expected):
    """Wait until what is told is what is expected; a page that was asked for something begins to change a moment later."""
    end = time.monotonic() + PATIENCE_SECONDS
    while (last := told()) != expected and time.monotonic() < end:
        time.sleep(0.05)
    assert last == expected


def saved(page, button):
    """The file that a button gives. It is pressed again where nothing comes: what still moves on a busy machine takes no click."""
    try:
        with page.expect_download(timeout=8000) as download:
            button.click()
    except PlaywrightTimeoutError:
        with page.expect_download() as download:
            button.click()
    return download.value


def settle(page):
    """Wait until the page is made and every chart on it is drawn."""
    page.wait_for_function(IDLE, polling=30, timeout=PATIENCE_SECONDS * 1000)
    page.wait_for_function(
        "() => [...document.querySelectorAll('.stPlotlyChart')].every(chart => chart.querySelector('.bars, .scatterlayer, .hm'))",
        polling=30,
        timeout=PATIENCE_SECONDS * 1000,
    )
