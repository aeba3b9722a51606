"""The dashboard without a browser: the exact numbers of its pages under the filters of their address."""

from decimal import Decimal

import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from analytics import Keyspend
from analytics.core.data_directory import ENVIRONMENT_VARIABLE
from analytics.dashboard.access import Role
from tests.support.pages import APP, figure, opener, tiles

PAGES = ["hot", "keys", "tokens", "models", "what_if", "month", "data"]


def test_the_overview_shows_the_bill(visit, samples):
    """Its numbers are those of the bill and the usage of the latest complete month, in the one currency that was chosen."""
    app = visit()

    ((billed,),) = samples.sql(
        "SELECT sum(billed_cost) FROM billing WHERE currency = 'CNY' AND strftime(charge_date, '%Y-%m') = '2026-09'"
    ).rows
    ((before,),) = samples.sql(
        "SELECT sum(computed_cost) FROM usage WHERE currency = 'CNY' AND strftime(charge_date, '%Y-%m') = '2026-08'"
    ).rows
    shown = tiles(app)
    assert shown["Billed"][0] == "¥3,677.03"
    assert Decimal(shown["Billed"][1].split("¥")[1].split(" ")[0].rstrip(",").replace(",", "")) == billed
    assert shown["Change"][0] == f"{(billed - before) / before:+.1%}".replace("-", "−")
    assert shown["Month end"][0] == shown["Billed"][0]
    assert shown["Reconciled"][0] == "100.0%"
    assert [title.value for title in app.title] == ["Overview"]


def test_charts_add_up_to_the_bill(visit, samples):
    """All bars of the trend, of the models and of the movers are the same money, and nothing of another currency."""
    app = visit(period="2026-08", currency="USD")

    ((total,),) = samples.sql(
        "SELECT sum(billed_cost) FROM billing WHERE currency = 'USD' AND strftime(charge_date, '%Y-%m') = '2026-08'"
    ).rows
    trend = sum(sum(trace["y"]) for trace in figure(app, 0)["data"])
    models = sum(figure(app, 1)["data"][0]["x"])
    assert trend == pytest.approx(float(total))
    assert models == pytest.approx(float(total))
    assert figure(app, 0)["layout"]["yaxis"]["tickprefix"] == "$"
    assert app.get("plotly_chart")[0].proto.alt.startswith("Stacked bars: Spend per day by key.")


def test_the_dearest_key_comes_first_and_the_rest_last(visit):
    """Stacks are in the order of their cost in the view, with the rest on top, and the text for screen readers names the first."""
    app = visit(period="2026-08")

    names = [trace["name"] for trace in figure(app, 0)["data"]]
    costs = [sum(trace["y"]) for trace in figure(app, 0)["data"]]
    assert costs[:-1] == sorted(costs[:-1], reverse=True)
    assert names[-1] == "other"
    assert len(names) == 8
    assert app.get("plotly_chart")[0].proto.alt.endswith(f"Largest: {names[0]}.")


def test_filters_narrow_every_number(visit, samples):
    """Keys, models, account and days of the address reach the numbers; the cost of a key, which has no bill, is called computed."""
    app = visit(**{"from": "2026-08-03", "to": "2026-08-10", "key": ["checkout-api"], "currency": "CNY", "model": ["deepseek-v4-flash"]})

    scope = "charge_date >= '2026-08-03' AND charge_date < '2026-08-10' AND currency = 'CNY'"
    statement = f"SELECT sum(computed_cost) FROM usage WHERE {scope} AND api_key_name = 'checkout-api' AND model = 'deepseek-v4-flash'"
    ((cost,),) = samples.sql(statement).rows
    assert "Billed" not in tiles(app)
    assert tiles(app)["Computed"][0] == f"¥{cost:,.2f}"
    assert [trace["name"] for trace in figure(app, 0)["data"]] == ["checkout-api"]


def test_a_key_has_one_colour_everywhere(visit):
    """The same key has the same colour in every chart, period and filter."""

    def colour(app):
        return {trace["name"]: trace["marker"]["color"] for trace in figure(app, 0)["data"]}["checkout-api"]

    assert colour(visit()) == colour(visit(period="7d")) == colour(visit(key=["checkout-api"]))


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_in_both_languages(visit, page):
    """Each page opens in English by the browser's language and in Chinese by the address, without an error."""
    # Without an assumption the page What if has nothing to draw.
    assumption = {"hits": "0.9"} if page == "what_if" else {}
    english, chinese = visit(page, **assumption), visit(page, lang="zh", **assumption)

    assert not english.error
    assert not chinese.error
    assert english.title[0].value != chinese.title[0].value
    assert len(english.get("plotly_chart")) == len(chinese.get("plotly_chart")) >= 1


def test_rows_are_sent_when_they_are_unfolded(visit, samples):
    """A folded table is not sent; unfolded it has what was drawn, and its download."""
    app = visit(period="2026-08", currency="USD")
    assert not app.dataframe

    app.session_state["rows-models"] = True
    app.run()
    (rows,) = [table.value for table in app.dataframe]
    expected = samples.report("spend-by-model", month="2026-08", currency="USD").values("computed_cost")
    assert list(rows["computed_cost"]) == expected


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"key": ["nobody"]}, "nobody"),
        ({"account": "acct-nobody"}, "acct"),
        ({"currency": "XAU"}, "XAU"),
        ({"period": "yesterday"}, "YYYY"),
        ({"from": "2026-08-02", "to": "2026-08-01"}, "holds no day"),
        ({"model": ["<script>"]}, "script"),
    ],
)
def test_a_wrong_address_has_a_message(visit, query, shown):
    """A filter that is not in the data is refused by name, with a hint and a link to all data."""
    app = visit(**query)

    assert shown in app.error[0].value
    assert "Traceback" not in app.error[0].value
    assert not app.metric


@pytest.mark.parametrize("page", [None, "keys", "tokens", "models", "month", "what_if"])
def test_a_view_that_no_export_covers_says_so(visit, page):
    """A period without evidence is no error and no period of zero: the page says so, calls nothing whole, and has a link to all days."""
    app = visit(page, **{"from": "2027-01-01", "to": "2027-02-01"})

    assert "No export covers these days" in app.info[0].value
    assert not app.error
    assert not app.metric
    assert not any("whole and reconciled" in text.value for text in app.markdown)


def test_before_the_first_import_there_is_a_hint(ledger, monkeypatch):
    """An empty ledger shows the command that fills it, on every page."""
    visit = opener(ledger, monkeypatch)

    assert "keyspend import" in visit().code[0].value
    assert "keyspend import" in visit("data").code[0].value


def test_after_the_last_undo_it_is_as_before_the_first_import(ledger, monkeypatch):
    """A ledger whose imports were all undone shows how to import, and no failure."""
    from tests.conftest import SAMPLES

    ledger.import_paths([SAMPLES / "europe-account" / "usage_data_2026_5.zip"])
    ledger.undo(1)

    assert "keyspend import" in opener(ledger, monkeypatch)().code[0].value


def test_with_one_currency_there_is_no_choice(ledger, monkeypatch):
    """Currency and account are chosen only where there is a choice."""
    from tests.conftest import SAMPLES

    Keyspend(ledger.directory.root).import_paths([SAMPLES / "europe-account" / "usage_data_2026_5.zip"])
    app = opener(ledger, monkeypatch)()

    assert [box.label for box in app.selectbox] == ["Period"]
    assert "USD" in " ".join(text.value for text in app.markdown)


def test_an_unexpected_failure_shows_no_inside(visit, samples, monkeypatch, caplog):
    """An unexpected error has a message; path and traceback stay in the log of the server."""
    monkeypatch.setattr("analytics.reports.query.run", lambda *_: 1 / 0)
    monkeypatch.setattr("analytics.dashboard.data.query_cache.generation", lambda: "never cached")
    app = visit(period="2026-05")

    assert app.error[0].value.startswith("Something went wrong")
    assert "ZeroDivisionError" in caplog.text


@pytest.fixture
def guarded(tmp_path, monkeypatch):
    """A ledger with sign-in configured."""
    from tests.conftest import SAMPLES
    from tests.support.pages import SIGN_IN

    ledger = Keyspend(tmp_path / "data")
    ledger.import_paths([SAMPLES / "europe-account" / "usage_data_2026_5.zip"])
    (ledger.directory.root / "sign-in.toml").write_text(SIGN_IN, encoding="utf-8")
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(ledger.directory.root))


@pytest.mark.parametrize(
    ("user", "role", "sees"),
    [
        ({"is_logged_in": False}, None, False),
        ({"is_logged_in": True, "email": "someone@else.test"}, None, False),
        ({"is_logged_in": True, "email": "dev@example.com"}, Role.VIEWER, True),
        ({"is_logged_in": True, "email": "finance@example.com"}, Role.EDITOR, True),
    ],
)
def test_sign_in_decides_who_sees_what(guarded, user, role, sees):
    """Where sign-in is configured, no number is made for a stranger, and only an editor may change anything."""
    app = AppTest.from_file(str(APP), default_timeout=30)
    app.user = user
    app.run()

    assert bool(app.metric) is sees
    assert app.session_state["role"] is role


def test_serving_app_py_to_others_needs_sign_in_too(samples, monkeypatch):
    """`streamlit run app.py` on an address that others can reach shows nothing without sign-in."""
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(samples.directory.root))
    before = config.get_option("server.address")
    config.set_option("server.address", "0.0.0.0")
    try:
        app = AppTest.from_file(str(APP), default_timeout=30).run()
    finally:
        config.set_option("server.address", before)

    assert "nobody would be asked" in app.error[0].value
    assert not app.metric
    assert not app.exception


BUDGETS = """[[budget]]
name = "**all** of it"
amount = 4000
currency = "CNY"
[[budget]]
name = "support"
amount = 400
currency = "CNY"
key = "客服助手"
[[budget]]
name = "europe"
amount = 200
currency = "USD"
"""


def test_the_overview_shows_used_and_projected_budgets(visit, samples, tmp_path, monkeypatch):
    """Budgets of the view's currency have their used and projected shares and the days on which they are crossed, as in the report."""
    path = tmp_path / "keyspend.toml"
    path.write_text(BUDGETS, encoding="utf-8")
    monkeypatch.setenv("KEYSPEND_CONFIG", str(path))
    rows = {row["budget"]: row for row in Keyspend(samples.directory.root).report("budgets", end="2026-09-17", currency="CNY").records()}

    app = visit(currency="CNY", **{"from": "2026-09-01", "to": "2026-09-17"})
    bars, marks = figure(app, 3)["data"]

    assert [row["status"] for row in rows.values()] == ["at-risk", "crossed"]
    assert bars["customdata"] == [["support", "120.0% of ¥400.00"], ["**all** of it", "53.5% of ¥4,000.00"]]
    assert marks["x"] == [pytest.approx(100 * row["projected_ratio"]) for row in reversed(rows.values())]
    assert any("support was crossed on Sep 14, 2026" in text.value for text in app.markdown)
    assert any(r"\*\*all\*\* of it is expected to be crossed on Sep 30, 2026" in text.value for text in app.markdown)


def test_wrong_settings_hide_no_number(visit, samples, tmp_path, monkeypatch):
    """Wrong settings are an error on the Overview, below the numbers that do not depend on them."""
    path = tmp_path / "keyspend.toml"
    path.write_text("[[budget]]\n", encoding="utf-8")
    monkeypatch.setenv("KEYSPEND_CONFIG", str(path))

    app = visit(currency="CNY")

    assert "what it is called in reports" in app.error[0].value
    assert len(app.metric) == 6
