"""The Hot keys page without a browser: its alerts, to the number, are those of the command."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from analytics import UsageError
from analytics.analysis.variance.decomposition import DRIVERS
from analytics.dashboard import access
from analytics.dashboard.components import layout
from analytics.dashboard.data import jobs
from analytics.dashboard.pages.hot.feedback_form import widget_key
from analytics.ledger.feedback import Feedback
from tests.conftest import SAMPLES
from tests.support.pages import figure, opener


def plain(app):
    """All texts of the page as they are read."""
    return [element.value.replace("\\", "") for element in app.markdown]


def amount(text):
    """The number of an amount as pages write it."""
    return Decimal(text.strip("*| ").translate(str.maketrans("−", "-", "+¥,")))


@pytest.mark.parametrize(
    ("page", "query", "key"),
    [
        ("hot", {"period": "all"}, "hot-shown"),
        ("what_if", {"period": "2026-09"}, "savings-shown"),
        ("month", {"period": "2026-09"}, "bridge-shown-acct-6b625745a1"),
    ],
)
def test_what_takes_long_among_many_keys_waits_for_a_click(visit, monkeypatch, page, query, key):
    """Among many keys a part that reads every row of every key has a button in its place; a click shows it."""
    monkeypatch.setattr(layout, "MOST_KEYS", 3)
    app = visit(page, currency="CNY", account="acct-6b625745a1", **query)
    before = len(app.dataframe) + len(app.get("plotly_chart"))

    app.button(key=f"{key}-button").click().run()

    assert not app.exception
    assert not [button for button in app.button if button.key == f"{key}-button"]
    assert len(app.dataframe) + len(app.get("plotly_chart")) > before


def test_each_alert_has_its_impact_and_drivers(visit, samples):
    """Each alert has its explanation, and drivers that add up, as they are shown, to the impact of the command's row."""
    app = visit("hot", period="all", currency="CNY")
    rows = list(samples.report("hot-keys", currency="CNY").records())
    texts = plain(app)

    titles = [text.splitlines()[0].removeprefix("##### ") for text in texts if text.startswith("##### ")]
    tables = [text.splitlines()[2:] for text in texts if text.startswith("| Why")]
    assert [row["api_key_name"] in title for row, title in zip(rows, titles, strict=False)] == [True] * 4
    assert titles[0] == "1. nightly batch · Spike · +¥478.26"
    for row, table in zip(rows, tables, strict=True):
        *drivers, impact = [amount(line.rsplit("|", 2)[1]) for line in table]
        assert sum(drivers) == impact == round(row["impact"], 2)
        assert len(drivers) <= sum(row[f"{driver}_effect"] != 0 for driver in DRIVERS)
    assert any(text.startswith("Cache hits fell from 86.0% to 6.9% of the input, and cost ¥79.46 more on Jun 10, 2026") for text in texts)


def test_an_alert_has_the_forecast_of_its_key(visit, samples):
    """Each alert has the forecast of its key for the month in which the view ends."""
    scope = {"start": "2026-09-01", "end": "2026-09-18", "currency": "CNY"}
    forecasts = {row["api_key"]: row for row in samples.report("forecast", by="key", **scope).records()}

    texts = plain(visit("hot", currency="CNY", **{"from": "2026-09-01", "to": "2026-09-18"}))

    for alert in samples.report("hot-keys", **scope).records():
        cost, low, high = (f"{forecasts[alert['api_key']][name]:,.2f}" for name in ("forecast_cost", "forecast_low", "forecast_high"))
        assert any(f"September 2026 comes to ¥{cost} (¥{low} to ¥{high})" in text for text in texts)


def test_the_days_around_an_alert_are_drawn(visit, samples):
    """The bars are the cost of the key on each day, those of the alert a trace of their own; the line is the usual cost per day."""
    app = visit("hot", period="2026-09", currency="CNY")
    row = next(samples.report("hot-keys", month="2026-09", currency="CNY").records())
    days = {line["charge_date"]: line["computed_cost"] for line in samples.report("spend-by-day", keys=row["api_key"]).records()}
    others, own, _seam, usual = figure(app, 0)["data"]

    days_of_alert = [str(row["first_date"] + timedelta(days=number)) for number in range(row["days"])]
    assert own["x"] == days_of_alert
    assert own["y"] == [float(days[row["first_date"] + timedelta(days=number)]) for number in range(row["days"])]
    assert not set(others["x"]) & set(days_of_alert)
    assert others["x"][0] == str(row["first_date"] - timedelta(days=42))
    assert usual["y"] == [pytest.approx(float(row["expected_cost"] / row["days"]))] * 2


def test_a_quiet_view_has_a_message(visit):
    """Where nothing needs attention, the page has a message in the visitor's language, and a download."""
    app = visit("hot", period="2026-08", currency="USD", locale="zh-CN")

    assert app.success[0].value == "此视图中没有需要关注的密钥。"
    assert not app.get("plotly_chart")
    assert app.get("download_button")


def test_feedback_on_the_page_is_an_act(ledger, monkeypatch):
    """Feedback that an alert was planned is in the journal with its note, and removes the alert; withdrawn, the alert is back."""
    ledger.import_paths([SAMPLES / "main-account"])
    app = opener(ledger, monkeypatch)("hot", period="2026-09", currency="CNY")
    spike = next(ledger.report("hot-keys", month="2026-09", currency="CNY").records())
    app.text_input(key=f"{widget_key(spike)}-note").input("a *load* test")
    app.button(key=f"{widget_key(spike)}-planned").click().run()

    assert "nightly batch of" in app.success[0].value
    assert not any("Spike" in text for text in plain(app) if text.startswith("#####"))
    assert any(text.endswith("count as no usual days *a *load* test*") for text in plain(app))
    assert list(ledger.audit().records())[-1]["details"].endswith("; a *load* test")

    app.button(key="recorded-0-withdraw").click().run()
    assert any("Spike" in text for text in plain(app) if text.startswith("#####"))


def test_a_viewer_cannot_give_feedback(samples, monkeypatch):
    """A viewer has no controls for feedback, and a forged request is refused."""
    monkeypatch.setattr(access, "admit", lambda _directory: access.Role.VIEWER)
    app = opener(samples, monkeypatch)("hot", period="2026-09", currency="CNY")

    assert not [button.key for button in app.button if (button.key or "").startswith("feedback")]
    with pytest.raises(UsageError, match="may look"):
        jobs.begin_feedback(Feedback("a", "k", date(2026, 9, 1), date(2026, 9, 2), "no", ""))
