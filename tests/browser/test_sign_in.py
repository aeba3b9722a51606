"""Sign-in with a real provider of OpenID Connect: editors, viewers, and visitors without access."""

import pytest

from analytics import Keyspend
from tests.browser.provider import CLIENT_ID, CLIENT_SECRET, provided
from tests.support.browser_pages import BEFORE, settle
from tests.support.served_dashboard import free_port, served

RULES = """
[auth]
redirect_uri = "{redirect_uri}"
cookie_secret = "a text that is long and random"
client_id = "{client_id}"
client_secret = "{client_secret}"
server_metadata_url = "{metadata}"

[roles]
editors = ["finance@example.com"]
viewers = ["@example.com"]
"""
IMPORTS = "/data?period=all"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A dashboard over one export whose visitors sign in with a provider."""
    root = tmp_path_factory.mktemp("sign-in") / "data"
    Keyspend(root).import_paths([BEFORE])
    port = free_port()
    redirect_uri = f"http://127.0.0.1:{port}/oauth2callback"
    with provided(redirect_uri) as metadata:
        rules = RULES.format(redirect_uri=redirect_uri, client_id=CLIENT_ID, client_secret=CLIENT_SECRET, metadata=metadata)
        (root / "sign-in.toml").write_text(rules, encoding="utf-8")
        with served(root, port=port) as address:
            yield address


@pytest.fixture
def visit(browser, address):
    """Opens a page as a new visitor."""
    contexts = []

    def visited(path):
        contexts.append(browser.new_context())
        page = contexts[-1].new_page()
        page.goto(address + path)
        settle(page)
        return page

    yield visited
    for context in contexts:
        context.close()


def sign_in(page, who):
    """Sign in at the provider as `who`, and come back."""
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Address").fill(who)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Sign out").wait_for()
    settle(page)


KEY = "/keys?open=acct-6b625745a1/sk-83fa0***********************5d21"


@pytest.mark.parametrize("path", ["/", *(pytest.param(path, marks=pytest.mark.slow) for path in (IMPORTS, KEY))])
def test_without_signing_in_there_is_nothing(visit, path):
    """Before signing in there is one button on every page: no number, no name, no menu."""
    page = visit(path)

    assert page.locator(".stMain").inner_text().split() == ["Keyspend", "Sign", "in"]
    assert page.locator('[data-testid="stSidebar"]').count() == 0


@pytest.mark.slow
def test_an_editor_imports_and_undoes(visit, address):
    """An editor has what changes the ledger, stays signed in on the next page, and is out after signing out."""
    page = visit("/")
    sign_in(page, "finance@example.com")
    page.goto(address + IMPORTS)
    settle(page)
    assert page.locator('[data-testid="stFileUploader"]').count() == 1
    assert page.locator(".st-key-undo").count() == 1
    assert page.locator('[data-testid="stSidebar"]').get_by_text("finance").count() == 1

    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in").wait_for()
    assert page.locator('[data-testid="stMetric"]').count() == 0


def test_a_viewer_changes_nothing(visit, address):
    """A viewer sees the numbers and the ledger of imports, and nothing to import or undo with."""
    page = visit("/?period=2026-08&currency=CNY")
    sign_in(page, "anybody@example.com")
    page.goto(f"{address}/?period=2026-08&currency=CNY")
    settle(page)
    assert page.locator('[data-testid="stMetric"]').count() == 6
    page.goto(address + IMPORTS)
    settle(page)
    assert page.locator(".st-key-table-imports").count() == 1
    assert page.locator('[data-testid="stFileUploader"], .st-key-undo, .st-key-import').count() == 0


@pytest.mark.parametrize("who", [pytest.param("somebody@example.org", marks=pytest.mark.slow), "unverified@example.com"])
def test_a_stranger_is_turned_away(visit, who):
    """A visitor on no list, or with an unverified address, has a message and nothing else."""
    page = visit(IMPORTS)
    sign_in(page, who)

    assert "nobody has let you in" in page.locator(".stMain").inner_text()
    assert page.locator('[data-testid="stMetric"], [data-testid="stDataFrame"], [data-testid="stFileUploader"]').count() == 0
