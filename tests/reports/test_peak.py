"""One rule for peak: price steps, savings, FOCUS and what-if agree on which price is a peak price, and on what it cost."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from tests.support.generated import DAY, Call, Key, Tier, World, simple_cut
from tests.support.laws import ledger_of
from tests.support.worlds import FIRST, HIGH, LOW

CUT, CUT_HIGH = Tier("CNY", "0.06", "0.6", "3"), Tier("CNY", "0.12", "1.2", "6")
"""A million hits, misses and outputs cost 5.1 and 10.2 yuan, and after the vendor cut its prices 3.66 and 7.32 yuan."""
TIERS = {(LOW, "off-peak"), (HIGH, "peak"), (CUT, "off-peak"), (CUT_HIGH, "peak")}


def ledger(*days):
    """A ledger of one key that bought a million of each meter at each price of each day."""
    at = datetime.combine(FIRST, datetime.min.time()) + timedelta(hours=4)
    calls = (Call(0, "m", tier, at + day * DAY, (10**6,) * 3 + (1,)) for day, tiers in enumerate(days) for tier in tiers)
    cut = replace(simple_cut(FIRST, len(days), exported_at=at + (len(days) + 2) * DAY), offset="+00:00")
    return ledger_of([World((Key(0, "sk-aaaaa**********************aaaa", ((FIRST, "a"),)),), tuple(calls)).zip(cut)])


@pytest.mark.parametrize(
    ("days", "tiers", "peak_cost", "extra_cost"),
    [
        pytest.param([[LOW], [LOW, CUT], [CUT]], {(LOW, "standard"), (CUT, "standard")}, "0", "0", id="a cut in the middle of a day"),
        pytest.param([[LOW], [LOW, HIGH], [LOW]], {(LOW, "off-peak"), (HIGH, "peak")}, "10.2", "5.1", id="peak hours"),
        # Two days of 10.2 - 5.1 and two of 7.32 - 3.66.
        pytest.param([[LOW, HIGH], [LOW, HIGH, CUT, CUT_HIGH], [CUT, CUT_HIGH]], TIERS, "35.04", "17.52", id="peak hours and a cut"),
    ],
)
def test_four_reports_agree_on_peak(days, tiers, peak_cost, extra_cost):
    """Each price has one tier in all reports, and what peak cost beyond off-peak is what moving it off-peak saves."""
    expected = {(Decimal(tier.miss), name) for tier, name in tiers}
    with ledger(*days) as kept:
        steps, savings, focus = (list(kept.report(name).records()) for name in ("price-steps", "savings", "focus"))
        moved = list(kept.what_if(off_peak_ratio=Decimal(1)).frame.records())
    steps = [row for row in steps if row["meter"] == "input_cache_miss_tokens"]
    misses = [row for row in focus if row["x_TokenType"] == "input_cache_miss_tokens"]

    assert {(row["million_tokens_price"], row["tier"]) for row in steps} == expected
    assert {(row["ListUnitPrice"], row["x_PriceTier"]) for row in misses} == expected
    assert sum(row["BilledCost"] for row in focus if row["x_PriceTier"] == "peak") == Decimal(peak_cost)
    assert sum(row["peak_extra_cost"] for row in savings) == Decimal(extra_cost)
    assert -sum(row["difference_cost"] for row in moved) == Decimal(extra_cost)
