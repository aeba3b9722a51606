"""The security of the dashboard: hosts, headers, foreign requests, and names with markup."""

import http.client
import urllib.request
from urllib.parse import urlsplit

import pytest

from analytics.dashboard.i18n.safe_text import clean
from tests.support.browser_pages import CUT, settle
from tests.support.exports_for import HOSTILE_NAMES


def response(address, path, **headers):
    """The response to a GET request with any Host: its status and headers."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
    connection.putrequest("GET", path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    connection.close()
    answer.close()
    return answer


def handshake(address, host):
    """The status of a WebSocket handshake for a host."""
    return response(
        address,
        "/_stcore/stream",
        Host=host,
        Origin=f"http://{host}",
        Upgrade="websocket",
        Connection="Upgrade",
        Sec_WebSocket_Version="13",
        Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ==",
    ).status


def test_a_rebound_name_gets_nothing(address):
    """A page of another site whose name was bound to this machine opens no session and reads no page."""
    assert handshake(address, urlsplit(address).netloc) == 101
    assert handshake(address, "evil.example") == 403
    assert response(address, "/", Host="evil.example").status == 403


@pytest.mark.parametrize("path", ["/", "/keys", "/_stcore/health", "/static/nothing.js"])
def test_every_answer_is_guarded(address, path):
    """Each answer forbids other hosts, eval, frames and sniffing."""
    headers = response(address, path).headers

    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self' 'sha256-")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "http" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("path", "spoken", "language"),
    [("/", "zh-CN,zh;q=0.9", "zh"), ("/keys?lang=zh", "en", "zh"), ("/", "fr", "en"), ('/?lang="><script>', "en", "en")],
)
def test_the_page_declares_its_language(address, path, spoken, language):
    """The language attribute, for screen readers and translators, is that of the page."""
    with urllib.request.urlopen(urllib.request.Request(address + path.replace('"', "%22"), headers={"Accept-Language": spoken})) as answer:
        assert f'<html lang="{language}"' in answer.read().decode()


def test_hostile_names_are_text(open_page):
    """Markup, formulas, links and icons in a key's name are shown as they were typed: in legends, hovers, lists and tables."""
    page = open_page("/?currency=USD&from=2026-08-01&to=2026-08-03")
    typed = {clean(name, 32) for name in HOSTILE_NAMES}

    assert typed <= set(page.locator(".st-key-spend .legendtext").all_text_contents())
    assert page.evaluate(CUT) == []
    bar = page.locator(".st-key-spend .barlayer .point path").first.bounding_box()
    page.mouse.move(bar["x"] + bar["width"] / 2, bar["y"] + bar["height"] / 2)
    page.locator(".hoverlayer .legendtext").first.wait_for()
    hovered = page.locator(".hoverlayer .legendtext").all_text_contents()
    assert all(any(text.startswith(f"{name}: $") for text in hovered) for name in typed)

    page.locator(".st-key-card-spend summary").click()
    page.locator(".st-key-table-spend [role=gridcell]").first.wait_for(state="attached")
    cells = set(page.locator(".st-key-table-spend [role=gridcell]").all_text_contents())
    assert {clean(name) for name in HOSTILE_NAMES[:2]} <= cells

    page.locator(".stMultiSelect").first.click()
    options = page.get_by_role("option").all_text_contents()
    assert all(any(option.startswith(clean(name, 40)) for option in options) for name in HOSTILE_NAMES)
    assert page.locator('img[src="x"], a[href*="192.0.2.1"], a[href^="javascript"]').count() == 0


def test_a_hostile_link_has_a_message(open_page):
    """A link to an unknown key has a message, as text, without a traceback or a path."""
    page = open_page("/?key=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E%2A%2Abold%2A%2A")
    settle(page)

    shown = page.locator('[data-testid="stAlert"]').first.inner_text()
    assert "<img src=x onerror=alert(1)>**bold**" in shown
    assert "Traceback" not in page.content()
    assert page.locator('[data-testid="stAlert"] strong, img[src="x"]').count() == 0
