"""`make screenshots`: the pictures of the README, of the samples in a real Chromium."""

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from analytics import Keyspend
from tests.browser import chromium
from tests.conftest import SAMPLES
from tests.support.browser_pages import settle
from tests.support.served_dashboard import served

FOLDER = Path(__file__).parents[2] / "docs"
SHOTS = {
    "overview": ("/?period=2026-08", {"width": 1440, "height": 1180}, "light", "en-US"),
    "hot": ("/hot?period=2026-09", {"width": 1440, "height": 1060}, "light", "en-US"),
    "overview-zh-dark": ("/", {"width": 1440, "height": 1180}, "dark", "zh-CN"),
    "overview-phone": ("/?currency=USD", {"width": 390, "height": 1180}, "light", "en-US"),
}
"""Name: address, size, theme, language."""


def main():
    """Take them all."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        Keyspend(Path(folder) / "data").import_paths([SAMPLES])
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.FLAGS)
        with served(Path(folder) / "data") as address:
            for name, (path, size, theme, locale) in SHOTS.items():
                page = browser.new_context(viewport=size, color_scheme=theme, locale=locale).new_page()
                page.goto(address + path)
                settle(page)
                page.wait_for_timeout(1000)  # fonts and the last animation
                page.screenshot(path=FOLDER / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
