"""The forecast of a month's end: by hand on short lists, against plain Python on the samples, and what the future may not change."""

import math
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.analysis.forecasting.model import foresee, quantile, weekday_counts
from tests.conftest import SAMPLES
from tests.support.generated import DAY, MASK, Call, Cut, Key, World
from tests.support.small_exports import JUNE, OFF_PEAK, imported, spend

MAIN = "acct-6b625745a1"
WEEK = numpy.ones(7)


def foreseen(costs, weekdays=WEEK, first_weekday=0):
    """Expected, low, high and past error of one series."""
    return [float(value[0]) for value in foresee(numpy.array([costs], float), first_weekday, numpy.asarray(weekdays, float))]


def test_a_constant_series_goes_on():
    """Ten a day for ten weeks make seventy a week, without a doubt and without an error."""
    assert foreseen([10] * 70) == pytest.approx([70, 70, 70, 0])


def test_weekdays_come_back():
    """A key that works from Monday to Friday is expected to do so: five days of a week are foreseen, and mostly the right ones."""
    expected, low, high, _ = foreseen([10, 10, 10, 10, 10, 0, 0] * 20)
    saturday = foreseen([10, 10, 10, 10, 10, 0, 0] * 20, [0, 0, 0, 0, 0, 1, 0])[0]

    assert expected == pytest.approx(50, rel=0.03)
    assert low <= 50 <= high
    assert saturday < 2


def test_the_level_halves_in_a_week():
    """After days of 10, a week of 20 counts for half: the next days are expected to cost 15."""
    assert foreseen([10] * 700 + [20] * 7, [0, 0, 1, 0, 0, 0, 0])[0] == pytest.approx(15, rel=0.001)


def test_days_that_are_not_known_are_no_days():
    """A gap lowers nothing: with every third day unknown, ten a day stay ten a day."""
    assert foreseen([math.nan if day % 3 == 0 else 10 for day in range(90)])[0] == pytest.approx(70)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0.01, 1000), min_size=20, max_size=60), st.floats(0.001, 1000))
def test_a_currency_scales(costs, factor):
    """In another unit of money everything is as many times as much, and errors are the same shares."""
    one, other = foreseen(costs), foreseen([cost * factor for cost in costs])

    assert other == pytest.approx([*(value * factor for value in one[:3]), one[3]], rel=1e-6, nan_ok=True)
    assert one[1] <= one[0] <= one[2]


def test_quantiles_are_those_of_numpy():
    """Each row at its own level, as NumPy has them."""
    values = numpy.array([[3.0, 1, 2, numpy.nan], [5, 5, 7, 1]])

    assert quantile(values, numpy.array([0.5, 0.8])).tolist() == [2, pytest.approx(float(numpy.quantile(values[1], 0.8)))]
    assert numpy.isnan(quantile(numpy.full((1, 3), numpy.nan), numpy.array([0.5])))[0]


def test_days_of_the_week_are_counted():
    """Ten days from a Saturday on hold two Saturdays, Sundays and Mondays, and one of the others."""
    assert weekday_counts(5, 10).tolist() == [2, 1, 1, 1, 1, 2, 2]


def plain(costs, first, missing):
    """The same forecast in plain Python, without an interval: costs by day, the days that are missing."""
    days = sorted(costs)
    recent = [day for day in days if day > days[-1] - timedelta(days=56)]
    mean = sum(costs[day] for day in recent) / len(recent)
    factors = []
    for weekday in range(7):
        own = [costs[day] for day in recent if day.weekday() == weekday]
        factors.append((sum(own) / mean + 2) / (len(own) + 2))
    factors = [factor * 7 / sum(factors) for factor in factors]
    weights = {day: 0.5 ** ((days[-1] - day).days / 7) for day in days}
    level = sum(weights[day] * costs[day] for day in days) / sum(weights[day] * factors[day.weekday()] for day in days)
    return sum(level * factors[day.weekday()] for day in missing)


def test_the_samples_are_forecast_as_plain_python_does(samples):
    """Of each key in the middle of September, the days to come are those of a loop over dates, to the cent."""
    end = date(2026, 9, 17)
    rows = list(samples.report("forecast", end=str(end), by="key", account=MAIN).records())
    assert len(rows) == 11
    covered = [date(2026, 4, 1) + timedelta(days=number) for number in range((end - date(2026, 4, 1)).days)]
    missing = [end + timedelta(days=number) for number in range(14)]

    for row in rows:
        used = {
            line["charge_date"]: float(line["computed_cost"])
            for line in samples.report("spend-by-day", account=MAIN, keys=row["api_key"], end=str(end)).records()
        }
        costs = {day: used.get(day, 0) for day in covered if day >= min(used)}
        rest = row["forecast_cost"] - row["month_to_date_cost"]
        assert abs(float(rest) - plain(costs, min(used), missing)) < 0.006
        assert row["month_to_date_cost"] <= row["forecast_low"] <= row["forecast_cost"] <= row["forecast_high"]


def test_a_complete_month_is_its_bill(samples):
    """When no day is left, forecast, bounds and run rate are what was spent, to the last digit."""
    spent = {row["currency"]: row["computed_cost"] for row in samples.report("summary", month="2026-08").records()}

    for row in samples.report("forecast", month="2026-08", by="total").records():
        assert {row[name] for name in ("month_to_date_cost", "forecast_cost", "forecast_low", "forecast_high", "run_rate_cost")} == {
            spent[row["currency"]]
        }
        assert (row["days_left"], row["confidence"], row["past_error_ratio"]) == (0, "known", None)


def test_what_comes_later_changes_no_forecast(samples, ledger):
    """As of the middle of June the forecast is the same, whether July was imported or not."""
    ledger.import_paths(sorted((SAMPLES / "main-account").glob("usage_data_2026_*.zip")))

    for by in ("account", "key", "total"):
        scope = {"end": "2026-06-15", "by": by, "account": MAIN}
        names = ("month_to_date_cost", "forecast_cost", "forecast_low", "forecast_high", "past_error_ratio", "confidence")
        assert [[row[name] for name in names] for row in ledger.report("forecast", **scope).records()] == [
            [row[name] for name in names] for row in samples.report("forecast", **scope).records()
        ]


def test_a_day_in_progress_is_no_day(ledger):
    """A day in progress counts neither as a day nor with its cost."""
    ledger.import_paths([SAMPLES / "main-account" / "usage_data_2026-07-01_2026-07-30.zip"])
    days = ledger.report("spend-by-day", month="2026-07")
    known = sum((row["computed_cost"] for row in days.records() if row["is_complete"]), Decimal(0))

    (row,) = ledger.report("forecast").records()

    assert (row["complete_days"], row["days_left"], row["as_of_date"]) == (29, 2, date(2026, 7, 29))
    assert row["month_to_date_cost"] == known
    assert abs((row["run_rate_cost"] - known) * 29 - known * 2) < Decimal("1e-16")
    assert row["confidence"] == "low"


def test_who_began_today_has_a_month_and_no_forecast(ledger, tmp_path):
    """Where all that was ever used was used on the day in progress, the complete days before it cost nothing, and that is told."""
    call = Call(0, "m", OFF_PEAK, datetime(JUNE.year, JUNE.month, 6, 5), (0, 0, 10**6, 1))
    cut = Cut(0, JUNE, 6, "C", "Z", datetime(JUNE.year, JUNE.month, 6, 20))
    imported(ledger, tmp_path, World((Key(0, MASK, ((JUNE, "n"),)),), (call,)).zip(cut))

    (row,) = ledger.report("forecast").records()

    assert (row["complete_days"], row["month_to_date_cost"], row["run_rate_cost"], row["forecast_cost"]) == (5, 0, 0, None)


def test_few_days_have_a_run_rate_and_no_forecast(ledger, tmp_path):
    """Six complete days make no forecast; a day without rows in an export that was made after it was a day without cost."""
    imported(ledger, tmp_path, spend((1, JUNE, 4), (1, JUNE + 5 * DAY, 2)))

    (row,) = ledger.report("forecast").records()

    assert (row["complete_days"], row["month_to_date_cost"], row["run_rate_cost"]) == (6, 6, 30)
    assert (row["forecast_cost"], row["forecast_low"], row["forecast_high"], row["confidence"]) == (None, None, None, "none")


def test_accounts_of_a_currency_add_up(ledger, tmp_path):
    """The total of two accounts is the sum of their forecasts, and its interval is around it."""
    zips = (spend(*((of, JUNE + day * DAY, 5 + day % 3 * of) for day in range(20)), account=of - 1) for of in (1, 2))
    imported(ledger, tmp_path, *zips)

    parts = list(ledger.report("forecast").records())
    (total,) = ledger.report("forecast", by="total").records()

    assert len(parts) == 2
    for name in ("month_to_date_cost", "forecast_cost", "run_rate_cost"):
        assert total[name] == sum(row[name] for row in parts)
    assert total["forecast_low"] < total["forecast_cost"] < total["forecast_high"]


OWNERS = """[[owner]]
keys = ["checkout-api"]
owner = "shop"
team = "t"
[[owner]]
keys = ["nightly batch"]
owner = "batch"
team = "t"
[[shared]]
keys = ["客服助手"]
by = "spend"
owners = ["shop", "batch"]
[[shared]]
keys = ["meeting-notes"]
shares = { batch = 1, office = 2 }
"""


def with_owners(samples, tmp_path, monkeypatch):
    """The samples, with those owners."""
    path = tmp_path / "keyspend.toml"
    path.write_text(OWNERS, encoding="utf-8")
    monkeypatch.setenv("KEYSPEND_CONFIG", str(path))
    return type(samples)(samples.directory.root)


def test_owners_are_forecast_from_their_spend(samples, tmp_path, monkeypatch):
    """Of each owner the month to date is what spend-by-owner says, to the last digit, and the forecasts come near that of the account."""
    ledger = with_owners(samples, tmp_path, monkeypatch)
    scope = {"account": MAIN, "start": "2026-09-01", "end": "2026-09-17"}
    spend = {row["owner"]: row["computed_cost"] for row in ledger.report("spend-by-owner", **scope).records()}
    (whole,) = ledger.report("forecast", end="2026-09-17", account=MAIN).records()

    rows = list(ledger.report("forecast", end="2026-09-17", account=MAIN, by="owner").records())
    (team, rest) = ledger.report("forecast", end="2026-09-17", account=MAIN, by="team").records()

    assert {row["owner"]: row["month_to_date_cost"] for row in rows} == spend
    assert {row["owner"] for row in rows} == {None, "shop", "batch", "office"}
    assert abs(sum(row["run_rate_cost"] for row in rows) - whole["run_rate_cost"]) < Decimal("1e-15")
    assert float(sum(row["forecast_cost"] for row in rows)) == pytest.approx(float(whole["forecast_cost"]), rel=0.02)
    assert [team["assignment"], rest["assignment"]] == ["assigned", "unassigned"]
    assert team["month_to_date_cost"] + rest["month_to_date_cost"] == whole["month_to_date_cost"]


def test_an_owner_of_one_key_has_its_forecast(samples, tmp_path, monkeypatch):
    """What is foreseen of an owner who bears one key and nothing else is what is foreseen of that key."""
    names = ("month_to_date_cost", "forecast_cost", "forecast_low", "forecast_high", "run_rate_cost", "past_error_ratio", "confidence")
    path = tmp_path / "keyspend.toml"
    path.write_text('[[owner]]\nkeys = "translator"\nowner = "x"\n', encoding="utf-8")
    monkeypatch.setenv("KEYSPEND_CONFIG", str(path))
    ledger = type(samples)(samples.directory.root)

    (of_key,) = ledger.report("forecast", end="2026-09-17", keys="translator", by="key").records()
    of_owner = next(row for row in ledger.report("forecast", end="2026-09-17", by="owner").records() if row["owner"] == "x")

    assert [of_owner[name] for name in names] == [of_key[name] for name in names]
