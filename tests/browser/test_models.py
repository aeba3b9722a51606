"""The page Models and prices in a browser: steps with their sentences, downloads, and texts for screen readers."""

import re

import pytest

from tests.support.browser_pages import commands_file, downloaded


def test_price_changes_are_steps_and_sentences(open_page, data_directory):
    """A change is a step in the chart, a sentence, and a row of the same report in the download; charts have texts for screen readers."""
    page = open_page("/models?period=2026-08&currency=CNY")
    assert page.get_by_role("figure", name=re.compile(r"^(Stacked bars|Bars|Lines|Steps)")).count() == 3

    shown = page.locator(".st-key-card-changes").inner_text()
    assert "deepseek-v4-flash on Aug 17, 2026" in shown
    assert "cache miss off-peak rose from ¥1 to ¥1.50 (+50.0%)" in shown
    lines = page.locator(".st-key-prices .scatterlayer .js-line")
    assert lines.count() == 3 * 4
    assert any(re.fullmatch(r"M[\d.,-]+H[\d.,-]+V.*", line.get_attribute("d")) for line in lines.all())
    assert downloaded(page, "prices") == commands_file(data_directory, "price-steps", "--month", "2026-08", "--currency", "CNY")


def test_a_step_has_its_price_on_hover(open_page):
    """Pointing at a step shows the model, the tier, the exact price and its days."""
    page = open_page("/models?period=2026-08&currency=CNY")
    point = page.locator(".st-key-prices .scatterlayer").first.locator(".point").nth(1)
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.locator(".hoverlayer .hovertext").first.wait_for()
    assert re.search(
        r"deepseek-v4-\w+(, peak)?: ¥[\d.]+ from \w+ \d+, 2026 to", page.locator(".hoverlayer .hovertext").first.text_content()
    )


@pytest.mark.slow
def test_prices_fit_a_phone_in_chinese(open_page):
    """In Chinese, in the dark, on a telephone, sentences and charts are there and nothing scrolls sideways."""
    page = open_page("/models?period=2026-08&currency=USD", width=390, theme="dark", locale="zh-CN")

    assert "缓存未命中（非高峰）从 $0.14 升至 $0.22" in page.locator(".st-key-card-changes").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
