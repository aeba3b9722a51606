"""The Month page without a browser: the status of a month and its statement, to the number."""

from datetime import date
from decimal import Decimal

import pytest

from analytics.analysis.month_close.completeness import completeness
from analytics.core.data_directory import SETTINGS_VARIABLE
from analytics.core.period import month
from tests.conftest import SAMPLES
from tests.support.pages import bill, figure, opener, tiles
from tests.support.troubled_exports import WRONG_BY, troubled


@pytest.mark.parametrize(("currency", "sign"), [("CNY", "¥"), ("USD", "$")])
def test_the_statement_is_the_bill(visit, samples, currency, sign):
    """Tiles and bars of a month are its billed cost, wallet by wallet and against the month before, in one currency."""
    app = visit("month", period="2026-09", currency=currency)

    billed, before = bill(samples, currency, "2026-09"), bill(samples, currency, "2026-08")
    assert app.success[0].value.startswith("**September 2026** is complete and reconciled")
    assert Decimal(tiles(app)["Billed"][1].replace("\\", "").replace(sign, "").replace(",", "")) == billed
    assert tiles(app)["Change"][0] == f"{(billed - before) / before:+.1%}"
    assert tiles(app)["Variance"][0].endswith("0.00")
    models, marks = figure(app, 0)["data"]
    assert sum(models["x"]) == pytest.approx(float(billed))
    assert sum(marks["x"]) == pytest.approx(float(before))


def test_a_month_with_problems_names_their_days(ledger, tmp_path, monkeypatch):
    """A month that is not complete or does not reconcile begins with a warning that has the days and what to do about them."""
    visit = opener(troubled(ledger, tmp_path), monkeypatch)

    july, august = visit("month", period="2026-07"), visit("month", period="2026-08")
    assert "is not complete. What is known of it reconciles." in july.warning[0].value
    assert "In progress when exported: 2026\\-07\\-30" in july.warning[0].value
    assert "No export tells of 2026\\-07\\-31" in july.warning[0].value
    assert "is not complete, and what is known of it does not reconcile." in august.warning[0].value
    assert "Bill and usage do not agree: 2026\\-08\\-05" in august.warning[0].value
    assert tiles(august)["Variance"][0] == f"¥{WRONG_BY:.2f}"
    assert not july.success


def test_other_periods_show_the_month_that_they_end_in(visit):
    """A filter that is no month shows the month of its last known day; each month of the data is one step away."""
    app = visit("month", period="7d")

    assert app.success[0].value.startswith("**September 2026**")
    assert {button.label for button in app.button if "2026" in button.label} == {
        f"{name} 2026" for name in ("April", "May", "June", "July", "August", "September")
    }


def test_an_account_that_is_late_is_missed(ledger):
    """An account that was in use the month before, and of which no export of this month has come, keeps the month open."""
    ledger.import_paths([SAMPLES / "main-account" / name for name in ("usage_data_2026_5.zip", "usage_data_2026_6.zip")])
    ledger.import_paths([SAMPLES / "europe-account" / "usage_data_2026_5.zip"])
    coverage, differences = ledger.report("coverage", start="2026-05-01", end="2026-07-01"), ledger.report("differences")

    by_account = {one.account: one for one in completeness(month("2026-06"), coverage, differences)}
    assert [one.is_complete for one in by_account.values()] == [False, True]
    assert len(by_account["acct-451a75f8ac"].absent_dates) == 30
    assert by_account["acct-451a75f8ac"].is_reconciled


def test_differences_are_what_does_not_reconcile(ledger, tmp_path):
    """The report `differences` has the unreconciled rows of `reconciliation`, all and no others."""
    report = troubled(ledger, tmp_path).report
    wrong = [row for row in report("reconciliation").records() if row.pop("status") == "unreconciled"]

    assert list(report("differences").records()) == wrong
    assert [(row["charge_date"], row["variance"]) for row in wrong] == [(date(2026, 8, 5), WRONG_BY)]


def test_the_waterfall_leads_from_one_month_to_the_other(visit, samples):
    """Its steps add up from what was paid in one month to what was paid in the next, and the largest drivers are listed from their rows."""
    app = visit("month", period="2026-09", currency="CNY")
    rows = list(samples.report("variance", month="2026-09", currency="CNY").records())

    (steps,) = figure(app, 2)["data"]
    first, *effects, last = steps["x"]
    assert (first, last) == (float(rows[0]["previous_cost"]), float(rows[0]["cost"]))
    assert first + sum(effects) == pytest.approx(last)
    shown = next(element.value for element in app.markdown if element.value.startswith("1. "))
    assert len(shown.splitlines()) == 10
    largest = max((row for row in rows if row["section"] == "key"), key=lambda row: abs(row["effect_cost"]))
    assert largest["api_key_name"] in shown.replace("\\", "")
    assert f"{abs(largest['effect_cost']):.2f}" in shown.replace("\\", "")

    amounts = [Decimal(text.split("<b>")[1].split("<")[0].translate(str.maketrans("−", "-", "+¥,"))) for text in labels(app)]
    assert amounts[0] + sum(amounts[1:-1]) == amounts[-1]


def labels(app):
    """The names of the steps with their amounts, as they are shown."""
    return figure(app, 2)["layout"]["yaxis"]["ticktext"]


def test_a_month_can_be_compared_with_any_earlier_one(visit, samples):
    """The month to compare with is in the address and applies to the whole page; one that is not earlier has no effect."""
    app = visit("month", period="2026-09", currency="CNY", against="2026-06")
    (steps,) = figure(app, 2)["data"]
    assert steps["x"][0] == float(bill_paid(samples, "2026-06"))
    assert tiles(app)["Change"][0] == f"{bill(samples, 'CNY', '2026-09') / bill(samples, 'CNY', '2026-06') - 1:+.1%}"
    assert sum(figure(app, 0)["data"][1]["x"]) == pytest.approx(float(bill(samples, "CNY", "2026-06")))

    app.button(key="against-2026-08").click().run()
    assert "against" not in app.query_params
    app.button(key="against-2026-05").click().run()
    assert app.query_params["against"] == "2026-05"
    assert labels(app)[0].startswith("May 2026")
    assert labels(visit("month", period="2026-09", currency="CNY", against="2026-10"))[0].startswith("August 2026")


def bill_paid(ledger, month):
    """The bill of a month from the wallet Paid, in CNY."""
    condition = f"currency = 'CNY' AND wallet_type = 'Paid' AND strftime(charge_date, '%Y-%m') = '{month}'"
    return ledger.sql(f"SELECT sum(billed_cost) FROM billing WHERE {condition}").rows[0][0]


def test_the_statement_is_split_by_owner(visit, samples, tmp_path, monkeypatch):
    """Where the settings have owners, the month shows the cost of each against the month before, and the unassigned cost."""
    path = tmp_path / "keyspend.toml"
    path.write_text("[[owner]]\nkeys = ['checkout-api']\nowner = 'shop'\n", encoding="utf-8")
    assert not any("Spend by owner" in text.value for text in visit("month", period="2026-09", currency="CNY").markdown)

    monkeypatch.setenv(SETTINGS_VARIABLE, str(path))
    app = visit("month", period="2026-09", currency="CNY")

    assert any("Spend by owner" in text.value for text in app.markdown)
    drawn = figure(app, 1)
    spent, before = drawn["data"]
    assert [text.split(" <br>")[0] for text in drawn["layout"]["yaxis"]["ticktext"]] == ["Unassigned", "shop"]
    for shown, bars in (("2026-09", spent), ("2026-08", before)):
        (shop,) = samples.report("spend-by-key", month=shown, currency="CNY", keys="checkout-api").values("computed_cost")
        assert bars["x"][1] == pytest.approx(float(shop))


def test_a_closed_month_names_its_close_and_late_evidence(closed, monkeypatch):
    """The page has who closed the month, when and with which note, and the late adjustments of the command."""
    visit = opener(closed, monkeypatch)

    june, july, august = (visit("month", period=f"2026-0{number}") for number in (6, 7, 8))
    assert "acct\\-6b625745a1 was closed on Nov 1, 2026 by finance. *agreed with the bill*" in june.success[0].value
    assert "No export tells of" not in july.warning[0].value
    assert "listed and not applied: 2026\\-07\\-30 – 2026\\-07\\-31" in july.warning[0].value
    late = closed.report("late-adjustments", month="2026-07")
    assert list(july.dataframe[0].value["computed_cost"]) == late.values("computed_cost")
    assert "was closed" not in august.warning[0].value
