"""The Keys page in a browser: a ticked row opens its key, its link and the way back work; names are text."""

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.browser_pages import saved, serious, settle
from tests.support.exports_for import HOSTILE_NAMES

ROW_HEIGHT = 35


def query(page):
    """The query of the address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def tick(page, row):
    """Tick a row of the leaderboard, the first is 0."""
    table = page.locator(".st-key-table-leaderboard [data-testid=stDataFrame]")
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    page.mouse.click(box["x"] + 18, box["y"] + ROW_HEIGHT * (row + 1) + ROW_HEIGHT / 2)
    page.wait_for_url(re.compile("open="))
    page.locator(".st-key-card-prices").wait_for()
    settle(page)


def test_a_ticked_row_opens_its_key(open_page):
    """Ticking a row opens that key under an address that shows the same to others; going back leads to the search as it was."""
    page = open_page("/keys?period=2026-08&currency=CNY")
    search = page.get_by_label("Search", exact=True)
    search.fill("re")
    search.press("Enter")
    page.wait_for_url(re.compile("find=re"))
    settle(page)
    count_text = page.locator(".st-key-below-leaderboard").inner_text()
    tick(page, 0)

    name = page.locator("h1").inner_text()
    assert name == "🤖 code-review"
    assert query(page)["open"] == "acct-6b625745a1/sk-b95c3***********************17a8"
    assert query(page)["find"] == "re"
    other = open_page(page.url.removeprefix(page.url.split("/keys")[0]))
    assert other.locator(".st-key-tiles").inner_text() == page.locator(".st-key-tiles").inner_text()
    page.go_back()
    page.locator(".st-key-table-leaderboard").wait_for()
    settle(page)
    assert "open" not in query(page)
    assert page.locator(".st-key-below-leaderboard").inner_text() == count_text
    tick(page, 0)
    assert page.locator("h1").inner_text() == name


def test_nothing_serious_stands_in_the_way_of_a_key(open_page):
    """axe-core finds nothing serious of ours on the page of one key, and it fits a telephone."""
    page = open_page("/keys?period=2026-08&currency=CNY&open=acct-6b625745a1/sk-83fa0***********************5d21", theme="dark", width=390)
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_neighbours_and_the_way_back_are_links(open_page):
    """A neighbour opens by its link, the link to all keys leads back, and links to other pages drop the open key."""
    page = open_page("/keys?period=2026-08&open=acct-6b625745a1/sk-83fa0***********************5d21")
    neighbour = page.locator(".st-key-card-neighbours button").first
    label = neighbour.inner_text()
    neighbour.click()
    page.wait_for_function("was => !document.querySelector('h1').innerText.includes(was)", arg="checkout-api")
    settle(page)
    assert page.locator("h1").inner_text() in label

    page.get_by_role("button", name="All keys").click()
    page.locator(".st-key-table-leaderboard").wait_for()
    assert query(page) == {"period": "2026-08"}
    page.go_back()
    page.locator(".st-key-card-neighbours").wait_for()
    page.locator('[data-testid="stSidebar"] a', has_text="Overview").click()
    page.locator(".st-key-card-movers").wait_for()
    assert query(page) == {"period": "2026-08"}


@pytest.mark.slow
def test_a_hostile_name_stays_text_on_its_own_page(open_page):
    """Titles, neighbours, names, rows, axes and search show the name as it was typed, and interpret none of it."""
    page = open_page("/keys?currency=USD&from=2026-08-01&to=2026-08-03&account=acct-be0b88af01&find=<img src=x>**b**")
    assert "<img src=x>**b**" in page.locator('[data-testid="stAlert"]').inner_text()
    page = open_page("/keys?currency=USD&from=2026-08-01&to=2026-08-03&account=acct-be0b88af01")
    ticks = page.locator(".st-key-card-heat .ytick text").all_text_contents()
    assert HOSTILE_NAMES[0] in [text.strip() for text in ticks]
    for row, name in enumerate(HOSTILE_NAMES[:5]):
        tick(page, row)
        shown = page.locator("h1").inner_text().replace("\u2060", "")
        assert shown == name
        shown = page.locator(".st-key-card-names").inner_text().replace("\u2060", "")
        assert [line for line in shown.split("\n") if line][2].startswith(name[:31])
        assert page.locator('.stMain img[src="x"], .stMain a[href*="192.0.2.1"], .stMain a[href*="example.org"]').count() == 0
        assert page.locator(".st-key-card-names :is(em, code, .katex), h1 :is(em, strong, code, .katex, a[href^=http])").count() == 0
        page.go_back()
        page.locator(".st-key-table-leaderboard").wait_for()
        settle(page)


def test_the_download_has_every_key(open_page, data_directory):
    """The leaderboard's download is the command's file, whatever the search."""
    page = open_page("/keys?period=2026-08&currency=CNY&find=checkout")
    download = saved(page, page.locator(".st-key-card-leaderboard").get_by_role("button", name="Download CSV"))

    scope = ["key-leaderboard", "--month", "2026-08", "--currency", "CNY", "--format", "csv"]
    command = [sys.executable, "-m", "analytics", "--data-dir", str(data_directory), "report", *scope]
    assert Path(download.path()).read_bytes() == subprocess.run(command, capture_output=True, check=True).stdout
