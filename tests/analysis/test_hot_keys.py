"""Hot keys: the rule by hand and by its properties, every kind on figures that a reader can check, and the money to the last digit."""

from datetime import timedelta
from decimal import Decimal

import numpy
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import Keyspend, UsageError
from analytics.analysis.anomalies import detection
from analytics.analysis.anomalies.alerts import CERTAIN_DAYS
from analytics.analysis.anomalies.explanations import explanation
from analytics.analysis.variance.decomposition import DRIVERS
from analytics.analysis.windows import COMPARED_DAYS
from analytics.cli.main import main
from analytics.core.data_directory import data_directory
from analytics.core.period import Period
from tests.support.alerts import MONDAY, alerts_of, flagged, uneven, usual

NO_FLOOR = numpy.zeros(1)


def test_a_spike_stands_out_and_nothing_else():
    """Three times the usual on day 40 of 60 is told, and no other day, also not the ones after it."""
    costs = uneven(60)
    costs[40] = 30

    assert flagged(costs) == [40]


@settings(deadline=None, max_examples=40)
@given(st.floats(0.001, 1e6), st.integers(1, 120))
def test_a_constant_series_never_alerts(level, days):
    """What is the same every day is never out of the way."""
    assert flagged([level] * days) == []


def test_weekdays_are_no_spikes():
    """A key that costs five times as much on Mondays is told of neither on Mondays nor on other days, until a Sunday costs as a Monday."""
    costs = [cost * (5 if day % 7 == 0 else 1) for day, cost in enumerate(uneven(84))]
    assert flagged(costs) == []

    costs[69] = 50
    assert flagged(costs) == [69]


def test_idle_days_are_not_held_against_a_day():
    """A key of Tuesdays and Thursdays is held against those: a usual Tuesday is quiet, one of four times is told."""
    costs = [cost if day % 7 in {1, 3} else 0 for day, cost in enumerate(uneven(84))]
    assert flagged(costs) == []

    costs[71] *= 4
    assert flagged(costs) == [71]


@pytest.mark.parametrize(("known", "active"), [(13, 13), (20, 7)])
def test_little_history_alerts_nobody(known, active):
    """Before 14 known and 8 active days nothing is told, whatever a day costs."""
    past = [10.0] * active + [0.0] * (known - active)

    assert flagged([*past, 1000.0]) == []
    assert flagged([*[10.0] * 14, 1000.0]) == [14]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0.1, 100), min_size=20, max_size=90), st.integers(0, 89))
def test_the_future_changes_nothing_and_a_currency_scales(costs, cut):
    """The flags of the days up to a day are those of the whole series up to it; and in other money they are the same."""
    whole = flagged(costs)

    assert flagged(costs[:cut]) == [day for day in whole if day < cut]
    assert flagged([cost * 8 for cost in costs]) == whole


def test_an_excess_below_the_floor_raises_no_alert():
    """An excess below the floor matters to nobody."""
    costs = uneven(60)
    costs[40] = 30

    assert flagged(costs, floor=19) == [40]
    assert flagged(costs, floor=21) == []


def test_flags_within_a_week_are_one_episode():
    """Seven days apart is together, eight is not, and another series is another episode."""
    rows, columns = numpy.array([0, 0, 0, 1]), numpy.array([10, 17, 25, 26])

    assert [columns[part].tolist() for part in detection.episodes(rows, columns)] == [[10, 17], [25], [26]]
    assert detection.episodes(rows[:0], columns[:0]) == []


@pytest.mark.parametrize(
    ("kind", "first", "last", "change"),
    [
        ("spike", 80, 82, {"cost": 40, "requests": 400}),
        ("sustained_rise", 80, 86, {"cost": 40, "requests": 400}),
        ("cache_hit_collapse", 80, 85, {"hits": 500}),
        ("request_cost", 80, 85, {"requests": 50}),
        ("dearer_model", 80, 85, {"dearness": 40_000}),
        ("peak_hours", 80, 85, {"peak_tokens": 9000}),
    ],
)
def test_each_kind_is_detected_on_its_days(kind, first, last, change):
    """A change of one figure on some days is told as what it is, from its first to its last day, and as nothing else."""
    use = {day: usual(day, **(change if first <= day <= last else {})) for day in range(120)}

    assert alerts_of(use) == [(kind, first, last)]
    assert alerts_of({day: usual(day) for day in range(120)}) == []
    assert alerts_of(use, Period(MONDAY + timedelta(days=100), None)) == []


def test_a_key_is_new_only_where_its_account_was_known_before():
    """First used on day 30 of an account it is new, and lasts until now; on day 10 nobody can know."""
    assert alerts_of({day: usual(day) for day in range(30, 120)}) == [("new_key", 30, 119)]
    assert alerts_of({day: usual(day) for day in range(10, 120)}) == []


def test_a_key_goes_silent_by_its_own_measure():
    """Used every day and then not for a week it is silent; used on every tenth day it is silent after a month."""
    assert alerts_of({day: usual(day) for day in range(100)}) == [("silent_key", 100, 119)]
    assert alerts_of({day: usual(day) for day in range(100)}, known=106) == []
    assert alerts_of({day: usual(day) for day in range(0, 100, 10)}, known=118) == []
    assert alerts_of({day: usual(day) for day in range(0, 100, 10)}, known=119) == [("silent_key", 91, 118)]


def test_a_key_comes_back():
    """After a pause of four weeks it is revived; a key that often pauses so long is not."""
    assert alerts_of({day: usual(day) for day in [*range(60), *range(90, 120)]}, Period(MONDAY + timedelta(days=80), None)) == [
        ("revived_key", 90, 119)
    ]
    paused_twice = {day: usual(day) for day in [*range(20), *range(45, 60), *range(85, 120)]}
    assert alerts_of(paused_twice, Period(MONDAY + timedelta(days=80), None)) == []


def earlier(days):
    """What `earlier_use` says of days of use: sixty days to a row, and a bit for each."""
    numbers = sorted(MONDAY.toordinal() + day for day in days)
    blocks = sorted({number // 60 * 60 for number in numbers})
    bits = [sum(1 << number - block for number in numbers if number // 60 * 60 == block) for block in blocks]
    firsts = [min(number for number in numbers if number >= block) for block in blocks]
    columns = {"series": [0] * len(blocks), "day_number": blocks, "first_number": firsts, "used_days": bits}
    return {name: numpy.array(values, numpy.int64) for name, values in columns.items()}


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (range(400), [("spike", 320, 321)]),
        ([*range(280), *range(320, 400)], [("revived_key", 320, 399)]),
        ([*range(60), *range(100, 280), *range(320, 400)], []),
        (range(100), []),
        ([*range(0, 240, 60), 240, 250, 260, 270, 280], []),
        ([*range(0, 240, 30), *range(210, 230)], [("silent_key", 230, 399)]),
        (range(310, 400), [("new_key", 310, 399)]),
    ],
)
def test_of_older_days_only_their_use_counts(days, expected):
    """What is more than 126 days older than the period is as good as its bare days of use; without those, a key would seem younger."""
    assert detection.LOOKED_BACK_DAYS + CERTAIN_DAYS == COMPARED_DAYS == 126
    use = {
        day: usual(day, **({"cost": 40, "requests": 400} if day in (320, 321) and expected[:1] == [("spike", 320, 321)] else {}))
        for day in days
    }
    period, cut = Period(MONDAY + timedelta(days=300), None), 300 - COMPARED_DAYS
    recent, older = ({day: figures for day, figures in use.items() if (day < cut) is is_old} for is_old in (False, True))

    assert alerts_of(use, period, known=400) == expected
    assert alerts_of(recent, period, known=400, older=earlier(older) if older else {}) == expected


def test_days_that_are_not_known_are_no_silence(samples):
    """A key is not silent on days of which no export tells."""
    assert alerts_of({day: usual(day) for day in range(100)}, known=100) == []


def test_the_drivers_add_up_to_the_impact(samples):
    """Of every alert the cost is that of its days, and cost less expected is the sum of the drivers, to the last digit."""
    for row in samples.report("hot-keys").records():
        scope = {"account": row["account"], "keys": row["api_key"], "currency": row["currency"]}
        period = {"start": str(row["first_date"]), "end": str(row["last_date"] + timedelta(days=1))}
        spent = sum((line["computed_cost"] for line in samples.report("spend-by-key", **scope, **period).records()), Decimal(0))

        assert row["computed_cost"] == spent
        assert row["impact"] == row["computed_cost"] - row["expected_cost"] == sum(row[f"{driver}_effect"] for driver in DRIVERS)


def test_the_expected_cost_is_that_of_four_weeks_before(samples):
    """Of the spike: a quarter of what the same weekdays of the four weeks before cost."""
    (row,) = (row for row in samples.report("hot-keys", month="2026-09").records() if row["kind"] == "spike")
    days = {line["charge_date"]: line["computed_cost"] for line in samples.report("spend-by-day", keys=row["api_key"]).records()}
    before = [days[row["first_date"] + timedelta(days=number - 7 * week)] for number in range(3) for week in range(1, 5)]

    assert abs(row["expected_cost"] * 4 - sum(before)) < Decimal("1e-16")


def test_explanations_match_their_rows(samples):
    """Each explanation is made from the figures of its row alone, and names the money and the days in it."""
    rows = list(samples.report("hot-keys").records())
    assert {row["kind"] for row in rows} == {"spike", "new_key", "silent_key", "cache_hit_collapse"}

    for row in rows:
        figures = {name: value for name, value in row.items() if name != "explanation"}
        assert str(explanation(figures)) == row["explanation"]
        money = {"spike": "computed_cost", "new_key": "computed_cost", "silent_key": "expected_cost", "cache_hit_collapse": "kind_effect"}
        assert f"{row[money[row['kind']]]:,.2f} CNY" in row["explanation"]
        assert str(row["first_date"]) in row["explanation"]


def test_later_data_never_changes_earlier_alerts(samples):
    """As of the end of June the alerts are the same with and without what came later, except that nothing is known of their end."""
    scope = {"start": "2026-06-01", "end": "2026-07-01"}
    (row,) = samples.report("hot-keys", **scope).records()

    assert (row["kind"], row["api_key_name"], row["confidence"]) == ("cache_hit_collapse", "résumé-parser", "high")
    assert samples.report("hot-keys", month="2026-06").rows == [tuple(row.values())]


def test_the_settings_set_the_floor(samples, tmp_path):
    """An alert of less money than `floor` has for its currency is none, of as much it is one; a mistake is told with its line."""
    ledger = Keyspend(data_directory(str(samples.directory.root), str(tmp_path / "keyspend.toml")))
    impacts = [abs(row["kind_effect"]) for row in samples.report("hot-keys").records()]
    counts = []
    for floor in (impacts[2], impacts[2] + Decimal("0.01")):
        (tmp_path / "keyspend.toml").write_text(f"[hot_keys]\nfloor = {{ CNY = {floor}, USD = 1 }}\n", encoding="utf-8")
        counts.append(len(ledger.report("hot-keys").rows))

    assert counts == [3, 2]
    (tmp_path / "keyspend.toml").write_text('[hot_keys]\n\nfloor = { CNY = "much" }\n', encoding="utf-8")
    with pytest.raises(UsageError, match=r"keyspend\.toml, line 3: \[hot_keys\] floor: must be a number from 0 up"):
        ledger.report("hot-keys")


def test_a_script_learns_of_alerts_by_the_exit_code(samples):
    """With --fail-on the command exits with 6 where there is an alert of that confidence, and else with 0; the table is short."""

    def run(*arguments):
        return CliRunner().invoke(main, ["--data-dir", str(samples.directory.root), "hot", *arguments])

    assert run("--month", "2026-09", "--fail-on", "high").exit_code == 6
    assert run("--month", "2026-09").exit_code == 0
    assert run("--month", "2026-08", "--fail-on", "any").exit_code == 0
    table = run("--month", "2026-09", "--top", "1").stdout
    assert "nightly batch" in table
    assert "translator" not in table
    assert len(run("--month", "2026-09", "--format", "csv").stdout.splitlines()) == 3
