"""Pages of the dashboard in a browser: waiting for them, their downloads, and checks that hold of every page."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from tests.conftest import SAMPLES
from tests.support.served_dashboard import PATIENCE_SECONDS

BEFORE = SAMPLES / "main-account" / "usage_data_2026-08-04_2026-08-31.zip"
LATER = SAMPLES / "main-account" / "usage_data_2026-09-01_2026-09-30.zip"
"""The export that is left for a test to import while a tab is open."""
IDLE = """() => {
    const app = document.querySelector('[data-testid="stApp"]')
    return app && app.dataset.testScriptState === 'notRunning' && app.dataset.testConnectionState === 'CONNECTED'
        && !document.querySelector('[data-stale="true"], [data-testid="stSkeleton"], [data-testid="stSpinner"]')
}"""
AXE = Path(__file__).parents[2] / ".cache" / "axe-core" / "package" / "axe.min.js"
AXE_VERSION = "axe-core@4.14.1"
CUT = """() => [...document.querySelectorAll('.js-plotly-plot')].flatMap(chart => {
    const left = chart.getBoundingClientRect().left
    const labels = [...chart.querySelectorAll('.ytick text')]
    return labels.filter(label => label.getBoundingClientRect().left < left - 1).map(label => label.textContent)
})"""
"""The labels of charts that begin outside of them."""


def settle(page):
    """Wait until the page has run and every chart on it is drawn."""
    page.wait_for_function(IDLE, polling=30, timeout=PATIENCE_SECONDS * 1000)
    page.wait_for_function(
        "() => [...document.querySelectorAll('.stPlotlyChart')].every(chart => chart.querySelector('.bars, .scatterlayer, .hm'))",
        polling=30,
        timeout=PATIENCE_SECONDS * 1000,
    )


def becomes(read, expected):
    """Wait until `read` returns `expected`; a page begins to change a moment after a click."""
    end = time.monotonic() + PATIENCE_SECONDS
    while (last := read()) != expected and time.monotonic() < end:
        time.sleep(0.05)
    assert last == expected


def saved(page, button):
    """Return the download of a button. It is pressed again where nothing comes: a button that still moves takes no click."""
    try:
        with page.expect_download(timeout=8000) as download:
            button.click()
    except PlaywrightTimeoutError:
        with page.expect_download() as download:
            button.click()
    return download.value


def downloaded(page, card):
    """The bytes that the download of a card saves."""
    card = page.locator(f".st-key-card-{card}")
    card.locator("summary").click()
    settle(page)
    download = saved(page, card.get_by_role("button", name="Download CSV"))
    return Path(download.path()).read_bytes()


def commands_file(data_directory, *arguments):
    """The bytes that `keyspend report … --format csv` writes."""
    command = [sys.executable, "-m", "analytics", "--data-dir", str(data_directory), "report", *arguments, "--format", "csv"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def axe():
    """The source of axe-core, kept in .cache/; the test is skipped where it cannot be had."""
    if not AXE.is_file():
        AXE.parents[1].mkdir(parents=True, exist_ok=True)
        try:
            packed = subprocess.run(
                ["npm", "pack", "--silent", AXE_VERSION], cwd=AXE.parents[1], capture_output=True, text=True, timeout=60, check=True
            )
            subprocess.run(["tar", "-xzf", packed.stdout.split()[-1]], cwd=AXE.parents[1], check=True)
        except (OSError, subprocess.SubprocessError):
            pytest.skip(f"axe-core is not here and could not be had: npm pack {AXE_VERSION}")
    return AXE.read_text(encoding="utf-8")


def serious(page):
    """The serious and critical violations that axe-core finds on a page, without those of Streamlit's own date input."""
    page.evaluate(axe())
    results = page.evaluate(
        "rules => axe.run({exclude: ['.stDateInput']}, {runOnly: rules})", ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
    )
    return [
        (violation["id"], [node["html"][:200] for node in violation["nodes"]])
        for violation in results["violations"]
        if violation["impact"] in ("serious", "critical")
    ]
