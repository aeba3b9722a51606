"""The bridge between two periods: each driver alone is found alone, and whatever changed, the parts add up to the last digit."""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.analysis.variance.decomposition import DRIVERS, KeyUsage, effects, prices_before
from analytics.cli.main import main
from tests.support.generated import DAY, NOW, Call, Tier, World, cases, simple_cut
from tests.support.generated import Key as Owner
from tests.support.laws import law, ledger_of
from tests.support.page_oracle import PageOracle
from tests.support.troubled_exports import troubled
from tests.support.worlds import FIRST

UNIT = 10**18
LOW, HIGH, CUT = Tier("CNY", "0.1", "1", "4"), Tier("CNY", "0.2", "2", "8"), Tier("CNY", "0.05", "0.5", "2")
OTHER = Tier("CNY", "1", "3", "6")


def bridged(*days):
    """The effects, other than nothing, from the first to the last day; on each, keys bought (key, model, tier, millions, requests)."""
    at = datetime.combine(FIRST, datetime.min.time()) + timedelta(hours=4)
    calls = [
        Call(key, model, tier, at + day * DAY, (*(10**6 * n for n in millions), requests))
        for day, bought in enumerate(days)
        for key, model, tier, *millions, requests in bought
    ]
    cut = replace(simple_cut(FIRST, len(days), exported_at=at + (len(days) + 2) * DAY), offset="+00:00")
    owners = tuple(Owner(0, f"sk-{letter * 5}**********************{letter * 4}", ((FIRST, letter),)) for letter in "ab")
    with ledger_of([World(owners, tuple(calls)).zip(cut)]) as ledger:
        last = FIRST + (len(days) - 1) * DAY
        frame = ledger.report("variance", start=f"{last}", end=f"{last + DAY}", against=f"{FIRST}..{FIRST + DAY}")
    return {row["driver"]: row["effect_cost"] for row in frame.records() if row["section"] == "account" and row["effect_cost"]}


A_DAY = [(0, "m", LOW, 10, 10, 10, 100)]
"""51 yuan."""


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (A_DAY, A_DAY, {}),
        (A_DAY, [(0, "m", LOW, 20, 20, 20, 200)], {"requests": 51}),
        (A_DAY, [(0, "m", LOW, 20, 20, 20, 100)], {"tokens_per_request": 51}),
        (A_DAY, [(0, "m", CUT, 10, 10, 10, 100)], {"price": "-25.5"}),
        (A_DAY, [(0, "m", LOW, 0, 20, 10, 100)], {"cache_mix": 9}),
        # Half of all moved to a model that costs (1 + 3 + 6) / 5.1 times as much, at the price that the other key paid for it.
        (
            [*A_DAY, (1, "n", OTHER, 1, 1, 1, 1)],
            [(0, "m", LOW, 5, 5, 5, 50), (0, "n", OTHER, 5, 5, 5, 50), (1, "n", OTHER, 1, 1, 1, 1)],
            {"model_mix": "24.5"},
        ),
        # The same where nobody used that model before: its price is taken for the one that it had.
        (A_DAY, [(0, "m", LOW, 5, 5, 5, 50), (0, "n", OTHER, 5, 5, 5, 50)], {"model_mix": "24.5"}),
        (
            [(0, "m", LOW, 10, 10, 10, 50), (0, "m", HIGH, 10, 10, 10, 50)],
            [(0, "m", LOW, 5, 5, 5, 25), (0, "m", HIGH, 15, 15, 15, 75)],
            {"peak_mix": "25.5"},
        ),
        (A_DAY, [*A_DAY, (1, "m", LOW, 1, 1, 1, 1)], {"new_key": "5.1"}),
        ([*A_DAY, (1, "m", LOW, 1, 1, 1, 1)], A_DAY, {"retired_key": "-5.1"}),
    ],
)
def test_each_driver_is_isolated(before, after, expected):
    """Where only one thing changed, only its driver has an effect, and it is the whole difference."""
    assert bridged(before, after) == {driver: Decimal(effect) for driver, effect in expected.items()}


BOTH = [(0, "m", LOW, 10, 10, 10, 50), (0, "m", HIGH, 10, 10, 10, 50)]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        # The vendor changed its price in the middle of the second day, down or up: that day has two, and no peak.
        ([A_DAY, [(0, "m", LOW, 5, 5, 5, 50), (0, "m", CUT, 5, 5, 5, 50)], [(0, "m", CUT, 10, 10, 10, 100)]], {"price": "-25.5"}),
        ([A_DAY, [(0, "m", LOW, 5, 5, 5, 50), (0, "m", HIGH, 5, 5, 5, 50)], [(0, "m", HIGH, 10, 10, 10, 100)]], {"price": 51}),
        # All was bought at peak on the last day: its price is in force as it was, beside the other.
        ([BOTH, [], [], [(0, "m", HIGH, 20, 20, 20, 100)], A_DAY, [(0, "m", HIGH, 20, 20, 20, 100)]], {"peak_mix": 51}),
        # A price that rested for a day is no other price, and one that is alone on a day is what it is on others.
        ([A_DAY, BOTH, A_DAY, [(0, "m", HIGH, 10, 10, 10, 100)], A_DAY, [(0, "m", HIGH, 10, 10, 10, 100)]], {"peak_mix": 51}),
    ],
)
def test_a_tier_is_distinguished_from_a_change_of_price(days, expected):
    """Two prices are those of peak and off-peak where both were in force at once, and not where one gave way to the other."""
    assert bridged(*days) == {driver: Decimal(effect) for driver, effect in expected.items()}


CELLS = [(model, meter, peak) for model in "mn" for meter in ("hit", "miss", "output") for peak in (False, True)]


class Change(NamedTuple):
    """A cell, and what was used of it and what that cost before and after."""

    cell: tuple[str, str, bool]
    before: int
    before_cost: int
    after: int
    after_cost: int


AMOUNTS = st.one_of(st.just(0), st.integers(1, 10**12))


@st.composite
def keys(draw):
    """A key with any cells before and after, at any prices, rounded nowhere."""
    changes = []
    for cell in draw(st.lists(st.sampled_from(CELLS), unique=True, max_size=8)):
        before, after = draw(AMOUNTS), draw(AMOUNTS)
        changes.append(Change(cell, before, before * draw(st.integers(0, 10**14)), after, after * draw(st.integers(0, 10**14))))
    return KeyUsage(changes, draw(st.integers(0, 9999)), draw(st.integers(0, 9999)))


@settings(deadline=None)
@given(st.lists(keys(), min_size=1, max_size=4))
def test_effects_add_up(of_account):
    """Whatever changed, the effects of a key add up to what its cost changed by."""
    known = prices_before(of_account)
    for key in of_account:
        by_driver = effects(key, known)
        assert set(by_driver) == set(DRIVERS)
        assert sum(by_driver.values()) == sum(change.after_cost - change.before_cost for change in key.changes)


@settings(deadline=None)
@given(st.lists(keys(), min_size=1, max_size=3))
def test_effects_are_those_of_the_textbook(of_account):
    """Each effect is, but for its rounding, the sum of differences of shares and prices that textbooks give, as fractions."""
    known = prices_before(of_account)
    for key in of_account:
        by_driver = effects(key, known)
        for driver, exact in by_the_book(key, known).items():
            assert abs(by_driver[driver] - exact) <= len(CELLS), driver


def by_the_book(key, known):
    """Price, volume and mix by their formulas; empty for a key that used nothing in one of the periods."""
    q0 = {change.cell: Fraction(change.before) for change in key.changes}
    q1 = {change.cell: Fraction(change.after) for change in key.changes}
    total0, total1 = sum(q0.values()), sum(q1.values())
    if not total0 or not total1:
        return {}
    c0 = sum(change.before_cost for change in key.changes)

    def price0(change):
        if change.before:
            return Fraction(change.before_cost, change.before)
        cost, quantity = known.get(change.cell, (change.after_cost, change.after))
        return Fraction(cost, quantity) if quantity else Fraction(0)

    p0 = {change.cell: price0(change) for change in key.changes}

    def of(quantities, *prefix):
        return sum(amount for cell, amount in quantities.items() if cell[: len(prefix)] == prefix)

    def share(quantities, others, prefix):
        """The share of a part in the part that holds it; where that was not used, the share of the other period."""
        whole = of(quantities, *prefix[:-1])
        return Fraction(of(quantities, *prefix), whole) if whole else share(others, quantities, prefix)

    def average0(prefix):
        """The price of a part in the period before."""
        if len(prefix) == len(CELLS[0]):
            return p0[prefix]
        inner = {cell[: len(prefix) + 1] for cell in p0 if cell[: len(prefix)] == prefix}
        return sum(share(q0, q1, part) * average0(part) for part in inner) if of(q0, *prefix) or of(q1, *prefix) else Fraction(0)

    def mix(depth):
        """The effect of the shares at one depth: 1 models, 2 meters, 3 peak."""
        parts = {cell[:depth] for cell in p0}
        return sum(
            of(q1, *part[:-1]) * (share(q1, q0, part) - share(q0, q1, part)) * average0(part) for part in parts if of(q1, *part[:-1])
        )

    r0, r1 = key.requests_before, key.requests_after
    by_requests = (Fraction(r1, r0) - 1) * c0 if r0 and r1 else Fraction(0)
    return {
        "requests": by_requests,
        "tokens_per_request": (total1 / total0 - 1) * c0 - by_requests,
        "model_mix": mix(1),
        "cache_mix": mix(2),
        "peak_mix": mix(3),
        "price": sum(change.after_cost - q1[change.cell] * p0[change.cell] for change in key.changes),
    }


@law(12, cases(max_cuts=2, accounts=1, max_calls=40))
def test_bridges_match_the_oracle_and_add_up(case):
    """Every row is that of plain Python; keys add up to their account, driver by driver; each bridge ends where it should."""
    zips = case.zips()
    oracle = PageOracle(zips, NOW)
    days = sorted(set(oracle.usage["charge_date"]))
    if len(days) < 2:
        return
    middle, end = days[len(days) // 2], days[-1] + DAY
    with ledger_of(zips) as ledger:

        def report(name, against, **scope):
            return ledger.report(name, against="{}..{}".format(*against), **scope)

        assert oracle.contradictions(report, ["variance"], start=middle, end=end, against=(days[0], middle)) == []
        rows = list(report("variance", (days[0], middle), start=f"{middle}", end=f"{end}").records())
    effects_of = {"account": defaultdict(Decimal), "key": defaultdict(Decimal)}
    bridges = defaultdict(Decimal)
    for row in rows:
        effects_of[row["section"]][row["account"], row["currency"], row["driver"]] += row["effect_cost"]
        bridges[tuple(row[name] for name in ABOUT)] += row["effect_cost"]
    assert all(effects_of["key"].get(about, 0) == effect for about, effect in effects_of["account"].items() if about[2] in DRIVERS)
    assert all(effect == after - before for (*_, before, after), effect in bridges.items())


ABOUT = ("section", "account", "currency", "api_key", "previous_cost", "cost")
"""What a bridge is of, and where it begins and ends."""


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["variance", "--month", "2026-06", "--against", "2026-07"], "against-later"),
        (["variance", "--month", "2026-06", "--against", "2026-06-01..2026-06-02"], "against-later"),
        (["variance", "--against", "2026-06"], "against-later"),
        (["variance", "--month", "2026-06", "--against", "June"], "period-month"),
        (["spend-by-key", "--month", "2026-06", "--against", "2026-05"], "against-unused"),
        (["spend-by-key", "--month", "2026-06", "--against", "previous"], "against-unused"),
    ],
)
def test_what_cannot_be_compared_is_refused(samples, options, code):
    """A period is compared with an earlier one, and only where a report compares."""
    result = CliRunner().invoke(main, ["--data-dir", str(samples.directory.root), "report", *options])

    assert (result.exit_code, result.stdout) == (2, "")
    assert f"[{code}]" in result.stderr


def test_unreconciled_and_partial_days_of_either_period_are_named(ledger, tmp_path):
    """Whoever reads a bridge is told which days of the two periods cannot be trusted, and how many days are set against how many."""
    troubled(ledger, tmp_path)
    arguments = ["--data-dir", str(ledger.directory.root), "report", "variance", "--format", "csv"]

    august, september = (
        CliRunner().invoke(main, [*arguments, "--month", month, "--against", "2026-07"]) for month in ("2026-08", "2026-09")
    )
    assert "not reconciled: 2026-08-05;" in august.stderr
    assert "of the days compared with, not reconciled or in progress: 2026-07-30" in august.stderr
    assert "compared with 2026-07, 30 days against 28" in august.stderr
    assert "2026-08-05" not in september.stderr
    assert "2026-07-30" in september.stderr


def test_the_like_period_before_can_be_named(samples):
    """--against previous is what a report compares with by itself."""
    assert samples.report("variance", month="2026-09", against="previous").rows == samples.report("variance", month="2026-09").rows


def test_every_report_that_compares_takes_another_period(samples):
    """--against is that of every comparing report: the movers of September against June are those of the difference of the two."""
    rows = samples.report("key-movers", month="2026-09", against="2026-06", top=99).records()
    spent = {month: {row[1]: row[4] for row in samples.report("spend-by-key", month=month).rows} for month in ("2026-06", "2026-09")}

    for row in rows:
        if row["api_key"]:
            now, before = (spent[month].get(row["api_key"], 0) for month in ("2026-09", "2026-06"))
            assert row["computed_cost"] - row["previous_computed_cost"] == now - before
