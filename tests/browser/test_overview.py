"""The Overview in a browser: links, the back button, downloads, live updates, languages, themes, widths."""

import re
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from analytics import Keyspend
from tests.support.browser_pages import CUT, LATER, becomes, saved, serious, settle
from tests.support.served_dashboard import PATIENCE_SECONDS

TILES = '.st-key-tiles [data-testid="stMetric"]'


def tiles(page):
    """The texts of the tiles."""
    settle(page)
    return page.locator(TILES).all_inner_texts()


def choose(page, label, option):
    """Choose an option of a select box."""
    page.get_by_label(label, exact=False).first.click()
    page.get_by_role("option", name=option, exact=True).click()
    page.wait_for_timeout(150)
    settle(page)


def test_a_link_shows_the_same(open_page):
    """The filters are in the address; the address shows the same in another tab, and going back undoes one choice."""
    page = open_page("/?period=2026-08")
    before = tiles(page)
    choose(page, "Currency", "USD")
    choose(page, "Period", "All days")
    chosen = tiles(page)

    assert tiles(open_page(page.url.removeprefix(page.url.split("/?")[0]))) == chosen != before
    page.go_back()
    page.go_back()
    becomes(lambda: tiles(page), before)
    assert page.url.endswith("/?period=2026-08")


def test_a_download_is_the_commands_file(open_page, data_directory):
    """The bytes of a download equal those of `keyspend report` for the same filters."""
    page = open_page("/?period=2026-08&currency=CNY&key=checkout-api&key=nightly%20batch")
    card = page.locator(".st-key-card-spend")
    card.locator("summary").click()
    settle(page)
    download = saved(page, card.get_by_role("button", name="Download CSV"))

    report = ["report", "spend-trend", "--by", "key", "--grain", "day", "--top", "7", "--format", "csv"]
    scope = ["--month", "2026-08", "--currency", "CNY", "--key", "checkout-api", "--key", "nightly batch"]
    command = [sys.executable, "-m", "analytics", "--data-dir", str(data_directory), *report, *scope]
    expected = subprocess.run(command, capture_output=True, check=True).stdout
    assert Path(download.path()).read_bytes() == expected
    assert expected.count(b"\r\n") > 30
    assert download.suggested_filename == "spend-trend_2026-08-01_2026-09-01_CNY.csv"


TITLES = {"en-US": "Overview", "zh-CN": "概览"}
VISITORS = list(product((1440, 390), ("light", "dark"), TITLES))
"""Widths, themes and languages."""
FIRST_VISITORS = [(1440, "light", "en-US"), (390, "dark", "zh-CN")]


@pytest.mark.parametrize(
    ("width", "theme", "locale"),
    [pytest.param(*visitor, marks=() if visitor in FIRST_VISITORS else pytest.mark.slow) for visitor in VISITORS],
)
def test_every_page_opens(open_page, width, theme, locale):
    """All pages open from the menu with the filters kept, in either language and theme, without error or scrolling sideways.

    The labels of every chart have their room, and axe-core finds nothing serious of ours: contrast, names, roles, order.
    """
    page = open_page("/?period=30d&currency=USD", width=width, theme=theme, locale=locale)
    assert page.locator("h1").first.inner_text() == TITLES[locale]
    assert serious(page) == []
    assert page.evaluate(CUT) == []
    for position, name in enumerate(("hot", "keys", "tokens", "models", "what_if", "month", "data"), 1):
        if (folded := page.get_by_test_id("stExpandSidebarButton")).is_visible():
            folded.click()
        page.locator('[data-testid="stSidebar"] [data-testid="stPageLink"] a').nth(position).click()
        page.wait_for_url(re.compile(f"/{name}[?]"))
        settle(page)
        assert page.locator('[data-testid="stAlertContentError"]').count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(CUT) == []
        assert serious(page) == []
        assert {"period=30d", "currency=USD"} <= set(page.url.split("?")[1].split("&"))


def test_an_import_of_another_process_appears(open_page, data_directory):
    """An open tab shows what another process imported, without being loaded again, under the filters that were chosen."""
    page = open_page("/?period=all&currency=CNY")
    before = tiles(page)
    page.evaluate("window.loadedBeforeTheImport = true")
    Keyspend(data_directory).import_paths([LATER])

    page.wait_for_function(
        "before => ![before, undefined].includes(document.querySelector('.st-key-tiles [data-testid=\"stMetricValue\"]')?.innerText)",
        arg=before[0].splitlines()[2],
        timeout=PATIENCE_SECONDS * 1000,
        polling=50,
    )
    assert tiles(page) != before
    assert page.evaluate("window.loadedBeforeTheImport")
    assert "period=all" in page.url
