"""Unusual hours: the rule by hand, by its properties and on labelled series, and the money of an alert to the last digit."""

from datetime import datetime, timedelta

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.analysis.anomalies import unusual_hours
from benchmarks.hours import figures
from tests.support.exports_for import PRICES, by_the_hour

OFFICE = range(9, 18)


def office(days=40):
    """A key that costs one in each hour of the office."""
    costs = numpy.zeros((1, days, 24))
    costs[:, :, list(OFFICE)] = 1.0
    return costs


def rare_hours(costs, **past):
    """The days and hours that are unusual."""
    return [(int(day), int(hour)) for _, day, hour in numpy.argwhere(unusual_hours.unusual_hours(costs, 0, **past)[0])]


def test_an_hour_of_the_night_stands_out():
    """Half a day's cost at three in the morning is told, with its day and hour; less is not, nor is an hour beside the usual ones."""
    costs = office()
    costs[0, 30, 3] = 5
    assert rare_hours(costs) == [(30, 3)]

    costs[0, 30, 3] = 4
    costs[0, 31, 18] = 50
    assert rare_hours(costs) == []


def test_what_happens_every_week_is_usual():
    """A job of Sundays at three is unusual for the first weeks at most, and then nobody is told."""
    costs = office(84)
    costs[0, 6::7, 3] = 20

    assert [day for day, _ in rare_hours(costs)] == []
    assert rare_hours(office()) == []


def test_little_is_known_after_two_weeks_at_the_earliest():
    """Before 14 days of use with hours nothing is unusual."""
    for day, expected in ((13, []), (14, [(14, 3)])):
        costs = office(20)
        costs[0, day, 3] = 20
        assert rare_hours(costs) == expected


def test_days_that_are_left_out_make_nothing_usual():
    """A fortnight of planned nights leaves the night unusual; counted as history, it makes it usual."""
    costs = office(60)
    costs[0, 30:44, 3] = costs[0, 50, 3] = 20
    past = costs.copy()
    past[0, 30:44] = 0

    assert (50, 3) in rare_hours(costs, usual=past)
    assert (50, 3) not in rare_hours(costs)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(15, 49))
def test_the_future_changes_nothing_and_a_currency_scales(seed, cut):
    """What is told of the days up to a day is what the whole series tells of them; and in other money it is the same."""
    chance = numpy.random.default_rng(seed)
    costs = office(50) * chance.lognormal(0, 0.3, (1, 50, 24))
    costs[0, chance.integers(14, 50, 3), chance.integers(0, 24, 3)] += 6
    whole = rare_hours(costs)

    assert rare_hours(costs[:, :cut]) == [(day, hour) for day, hour in whole if day < cut]
    assert rare_hours(costs * 8) == whole


def test_the_rule_is_right_on_labelled_series():
    """Of seeded keys of seven kinds, what is told is right nine times of ten at least, finds seven events of ten, and is never noise."""
    *_, (_, recall, precision, false) = figures(12, 1)

    assert float(recall) >= 0.7
    assert float(precision) >= 0.9
    assert float(false) <= 0.02


@pytest.mark.parametrize("odd", [3, 0])
def test_an_alert_costs_what_its_hours_cost(ledger, tmp_path, odd):
    """Of three weeks of office hours and a night, the alert names the hour and costs what the night cost; its drivers add up."""
    first = datetime(2026, 6, 1)
    used = {first + timedelta(days=day, hours=hour): 10**6 + day * hour for day in range(20) for hour in OFFICE}
    night = {first + timedelta(days=18, hours=odd): 7_654_321}
    ledger.import_paths([by_the_hour(tmp_path / "usage_data_2026-06-01_2026-06-20.zip", used | night)])

    (row,) = ledger.report("hot-keys").records()
    assert ledger.report("hot-keys", start="2026-06-19").rows == [tuple(row.values())]
    assert ledger.report("hot-keys", start="2026-06-20").rows == []
    assert (row["kind"], str(row["first_date"]), row["days"], row["confidence"]) == ("unusual_hour", "2026-06-19", 1, "medium")
    assert row["hours"] == f"{odd:02}:00-{odd + 1:02}:00"
    assert row["computed_cost"] == row["impact"] == PRICES["output_tokens"] * 7_654_321
    assert sum(value for name, value in row.items() if name.endswith("_effect") and name != "kind_effect") == row["impact"]
    assert row["explanation"] == f"used at {row['hours']}, when it hardly ever was before, for 6.66 USD on 2026-06-19"

    ledger.feedback("ops", "planned", start="2026-06-19", end="2026-06-20")
    assert ledger.report("hot-keys").rows == []
