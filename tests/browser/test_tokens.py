"""The page Tokens in a browser: steps of time in the address, panels that belong together, downloads, hostile names."""

import re

import pytest

from analytics.dashboard.i18n.safe_text import clean
from tests.support.browser_pages import becomes, commands_file, downloaded, settle
from tests.support.exports_for import HOSTILE_NAMES


def unit(page):
    """The unit of the panels of meters."""
    settle(page)
    return page.locator(".st-key-card-meters [data-testid='stMarkdown']").first.inner_text().splitlines()[-1]


def press(page, option):
    """Choose a segment."""
    page.get_by_role("radio", name=option, exact=True).click()
    page.wait_for_timeout(150)
    settle(page)


def test_a_chosen_step_is_in_the_address(open_page, data_directory):
    """Weeks by model are one link, outlast another period, and go back one step at a time; the download is of the same rows."""
    page = open_page("/tokens?period=2026-08&currency=CNY")
    assert unit(page).startswith("per day, by key")
    press(page, "Weekly")
    press(page, "Models")
    assert unit(page).startswith("per week, by model")
    assert re.search(r"grain=week&by=model|by=model&grain=week", page.url)

    arguments = ["--month", "2026-08", "--currency", "CNY", "--grain", "week", "--by", "model", "--top", "7"]
    assert downloaded(page, "savings") == commands_file(data_directory, "savings-trend", *arguments)
    shared = open_page(page.url[page.url.index("/tokens") :])
    assert unit(shared) == unit(page)
    page.go_back()
    becomes(lambda: unit(page).startswith("per week, by key"), True)


def test_panels_belong_together(open_page):
    """Four meters share one axis of time and one legend; hiding a name hides it in all of them."""
    page = open_page("/tokens?period=2026-08&currency=CNY")
    chart = page.locator(".st-key-meters")
    assert page.get_by_role("figure", name=re.compile("a panel for each meter")).count() == 1
    assert chart.locator(".subplot").count() == 4
    assert chart.locator(".xtick").count() <= 8

    names = chart.locator(".legendtext").all_text_contents()
    assert len(names) == len(set(names)) == 8
    before = chart.locator(".bars path").count()
    chart.locator(".legendtoggle").first.click()
    page.wait_for_function("before => document.querySelectorAll('.st-key-meters .bars path').length < before", arg=before, timeout=5000)
    assert chart.locator(".bars path").count() <= before - 4 * 20


@pytest.mark.slow
@pytest.mark.parametrize(("width", "theme", "locale"), [(390, "dark", "zh-CN"), (1440, "light", "en-US")])
def test_hostile_names_stay_text(open_page, width, theme, locale):
    """Names that try to be markup are legends like any other, at any width, and the page never scrolls sideways."""
    page = open_page("/tokens?currency=USD&from=2026-08-01&to=2026-08-03", width=width, theme=theme, locale=locale)

    assert {clean(name, 32) for name in HOSTILE_NAMES} <= set(page.locator(".st-key-meters .legendtext").all_text_contents())
    assert page.locator('img[src="x"], a[href*="192.0.2.1"], a[href^="javascript"]').count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
