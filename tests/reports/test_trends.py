"""Savings, unit costs and price steps, held against reports proven elsewhere, against plain Python, and figures by hand."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import strategies as st

from tests.support.generated import DAY, Tier, cases
from tests.support.laws import law, ledger_of
from tests.support.worlds import FIRST, each, paid

EVERY = 99
"""More series than any generated case has."""
OLD, LOW, HIGH = Tier("CNY", "0.2", "2", "8"), Tier("CNY", "0.1", "1", "4"), Tier("CNY", "0.3", "3", "12")


def bucket_of(row):
    """What a row of a trend is about."""
    return row["charge_date"], row["charge_start"], row["series"], row["account"], row["api_key"], row.get("currency")


def summed(rows, *columns):
    """The sums of columns by currency, key and day, without what is nothing."""
    found = defaultdict(Decimal)
    for row in rows:
        for column in columns:
            found[column, row["currency"], row["account"], row["api_key"], row["charge_date"]] += row[column] or 0
    return {key: value for key, value in found.items() if value}


SAVED = ("input_cache_hit_tokens", "unvalued_tokens", "input_cache_hit_cost", "saved_cost")


@law(4, cases())
def test_savings_over_time_are_the_savings_of_each_day(case):
    """Each day of each key saved what `cache-savings` says when it is asked about that day, and months add up to the same."""
    with ledger_of(case.zips()) as ledger:
        trend = list(ledger.report("savings-trend", by="key", top=EVERY).records())
        days = sorted({row["charge_date"] for row in trend})
        asked = [(day, ledger.report("cache-savings", start=f"{day}", end=f"{day + DAY}")) for day in days]
        assert summed(trend, *SAVED) == summed([row | {"charge_date": day} for day, frame in asked for row in frame.records()], *SAVED)
        for column in SAVED:
            monthly = ledger.report("savings-trend", grain="month", by="total").values(column)
            assert sum(filter(None, monthly)) == sum(filter(None, (row[column] for row in trend)))


@law(4, cases(), st.sampled_from(["key", "model", "total"]), st.sampled_from(["day", "week", "month", "hour"]))
def test_unit_costs_over_time_are_spend_by_tokens(case, by, grain):
    """Of each step and series the cost is that of `spend-trend` and the tokens those of `tokens-trend`, and both are divided once."""
    with ledger_of(case.zips()) as ledger:
        for currency in sorted(set(ledger.report("spend-by-model").values("currency"))):
            asked = {"by": by, "grain": grain, "top": EVERY, "currency": currency}
            spent = {bucket_of(row)[:-1]: row for row in ledger.report("spend-trend", **asked).records()}
            used = {bucket_of(row)[:-1]: row for row in ledger.report("tokens-trend", **asked).records()}
            found = {bucket_of(row)[:-1]: row for row in ledger.report("unit-cost-trend", **asked).records()}

            assert found.keys() == spent.keys() == used.keys()
            for bucket, row in found.items():
                cost, tokens, requests = spent[bucket]["computed_cost"], used[bucket]["total_tokens"], used[bucket]["request_count"]
                assert (row["computed_cost"], row["total_tokens"], row["request_count"]) == (cost, tokens, requests)
                assert row["is_complete"] is used[bucket]["is_complete"]
                assert row["cost_per_million_tokens"] == (pytest.approx(float(cost) * 1e6 / tokens, rel=1e-12) if tokens else None)
                assert row["cost_per_request"] == (pytest.approx(float(cost) / requests, rel=1e-12) if requests else None)


def steps(ledger, meter="input_cache_miss_tokens", **scope):
    """Tier, first and last day (by number), price and price before, of one meter."""
    found = []
    for row in ledger.report("price-steps", **scope).records():
        if row["meter"] == meter:
            days = ((row[name] - FIRST).days for name in ("first_date", "last_date"))
            found.append((row["tier"], *days, row["million_tokens_price"], row["previous_million_tokens_price"]))
    return found


WEEKS = {number: [LOW] if number % 7 in {0, 6} else [LOW, HIGH] for number in range(10, 22)}


@pytest.mark.parametrize(
    ("prices", "told"),
    [
        (
            {**each(OLD, 10), **each(LOW, 10, 20)},
            [("standard", 0, 9, 2, None), ("standard", 10, 19, 1, 2)],
        ),
        # The price changed during a day, of which both were paid: that is no tier.
        (
            {**each(OLD, 9), 9: [OLD, LOW], **each(LOW, 10, 20)},
            [("standard", 0, 9, 2, None), ("standard", 9, 19, 1, 2)],
        ),
        # Tiers follow one price for all day; at the weekend, and on the last days, nobody pays the peak price.
        (
            {**each(OLD, 10), **WEEKS},
            [("standard", 0, 9, 2, None), ("peak", 10, 19, 3, 2), ("off-peak", 10, 21, 1, 2)],
        ),
        # A discount that ends: the old price comes back and is a change again.
        (
            {**each(OLD, 5), **each(LOW, 5, 20), **each(OLD, 20, 25)},
            [("standard", 0, 4, 2, None), ("standard", 5, 19, 1, 2), ("standard", 20, 24, 2, 1)],
        ),
        # A pause of use of any length changes no price; only a long one parts the steps.
        ({0: [OLD], 9: [OLD], 30: [OLD]}, [("standard", 0, 9, 2, None), ("standard", 30, 30, 2, 2)]),
        # One day of peak within many without.
        ({**each(LOW, 10), 4: [LOW, HIGH]}, [("off-peak", 0, 9, 1, None), ("peak", 4, 4, 3, None)]),
    ],
)
def test_steps_are_what_was_in_force(prices, told):
    """From when to when each price held, at peak or not, and what it followed."""
    with paid(prices) as ledger:
        assert steps(ledger) == told


def test_a_scope_narrows_what_was_paid_and_not_what_is_known():
    """Asked about days after a change, the price before it is still known; quantity and cost are those of the days asked about."""
    with paid({**each(OLD, 10), **each(LOW, 10, 20)}) as ledger:
        after = {"start": f"{FIRST + 10 * DAY}", "end": f"{FIRST + 13 * DAY}"}
        assert steps(ledger, **after) == [("standard", 10, 19, 1, 2)]
        row = next(ledger.report("price-steps", **after).records())
        assert (row["quantity"], row["computed_cost"]) == (3 * 10**6, 3 * Decimal("0.1"))
        assert row["previous_last_date"] == FIRST + 9 * DAY
        assert row["change_ratio"] == pytest.approx(-0.5)


paid_days = st.dictionaries(
    st.integers(0, 60), st.lists(st.sampled_from([OLD, LOW, HIGH]), min_size=1, max_size=3, unique=True), min_size=1
)


@law(6, paid_days)
def test_steps_hold_what_was_paid(prices):
    """Steps of a price do not overlap and lie more than ten days apart, every day that it was paid is in one, and all cost is in them."""
    with paid(prices) as ledger:
        rows = [row for row in ledger.report("price-steps").records() if row["meter"] == "output_tokens"]
        for tier in (OLD, LOW, HIGH):
            spans = [(row["first_date"], row["last_date"]) for row in rows if row["million_tokens_price"] == Decimal(tier.output)]
            days = {FIRST + number * DAY for number, tiers in prices.items() if tier in tiers}
            assert all(any(first <= day <= last for first, last in spans) for day in days)
            assert {day for span in spans for day in span} <= days
            assert all(later[0] - earlier[1] > 10 * DAY for earlier, later in pairwise(spans))
        for one, other in ((one, other) for one in rows for other in rows if one is not other):
            if one["first_date"] < other["first_date"] < one["last_date"]:
                assert {one["tier"], other["tier"]} <= {"peak", "off-peak"}
        total = sum(ledger.report("spend-by-key").values("computed_cost"))
        assert sum(ledger.report("price-steps").values("computed_cost")) == total


def test_price_changes_of_the_samples(samples):
    """On 17 August every price of both models rose, off-peak and at peak, in both currencies; nothing else ever did."""
    changed = [row for row in samples.report("price-steps").records() if row["previous_million_tokens_price"] is not None]

    assert len(changed) == 2 * 2 * 3 * 2
    assert {row["tier"] for row in changed} == {"peak", "off-peak"}
    assert all(row["previous_last_date"] < date(2026, 8, 17) <= row["first_date"] <= date(2026, 8, 19) for row in changed)
