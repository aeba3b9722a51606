"""The source of a day: the strongest claim on it, in any order of imports."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.ledger.day_sources import DayClaim, day_sources

DAY = date(2026, 8, 28)
NOON = datetime(2026, 9, 1, 12, 0)
LATER = NOON + timedelta(days=3)
WEAK = DayClaim(
    "acct-1",
    DAY,
    1,
    is_proven=False,
    quantity=5,
    is_complete=False,
    has_cost=False,
    proven_until=NOON,
    exported_at=NOON,
    is_hourly=False,
    sha256="a" * 64,
)
NEWER = {"proven_until": LATER, "exported_at": LATER}
FINER = {"is_hourly": True, "sha256": "f" * 64}


@pytest.mark.parametrize(
    ("stronger", "weaker"),
    [
        ({"is_proven": True, "is_complete": True}, {"quantity": 9, "is_complete": True, "has_cost": True, **NEWER, **FINER}),
        ({"quantity": 6}, {"is_complete": True, "has_cost": True, **NEWER, **FINER}),
        ({"is_complete": True}, {"has_cost": True, **NEWER, **FINER}),
        ({"has_cost": True}, {**NEWER, **FINER}),
        ({"proven_until": LATER}, {"exported_at": LATER, **FINER}),
        ({"exported_at": LATER}, FINER),
        ({"is_hourly": True}, {"sha256": "f" * 64}),
        ({"sha256": "f" * 64}, {}),
    ],
    ids=["proven", "fuller", "presumed", "with its bill", "newer by its rows", "newer by its files", "finer", "by hash"],
)
def test_each_merit_outweighs_all_those_below_it(stronger, weaker):
    """Proof, then a fuller day, then a presumption, a bill, the newer export, hours and at last the hash decide, in either order."""
    winner, loser = replace(WEAK, import_id=2, **stronger), replace(WEAK, import_id=3, **weaker)
    for claims in ([winner, loser], [loser, winner]):
        assert day_sources(claims, {}) == {("acct-1", DAY): winner}


@pytest.mark.parametrize("merit", [{"has_cost": True}, NEWER, {"is_hourly": True}, {"sha256": "f" * 64}])
def test_a_proven_day_needs_no_size(merit):
    """Of two proven days the larger is no fuller: the vendor may have taken something back."""
    proven = replace(WEAK, is_proven=True, is_complete=True)
    winner, loser = replace(proven, **merit), replace(proven, quantity=9)
    assert day_sources([winner, loser], {}) == day_sources([loser, winner], {}) == {("acct-1", DAY): winner}


def test_a_day_without_a_claim_has_no_source():
    """Without claims there are no sources."""
    assert day_sources([], {}) == {}


def test_accounts_and_days_are_apart():
    """Each day of each account has its source, independent of the others."""
    claims = [replace(WEAK, account=account, charge_date=DAY + timedelta(days=day)) for account in ("a", "b") for day in (0, 1)]
    assert sorted(day_sources(claims, {}).values(), key=str) == sorted(claims, key=str)


claims = st.lists(
    st.builds(
        DayClaim,
        account=st.sampled_from(["acct-1", "acct-2"]),
        charge_date=st.sampled_from([DAY, DAY + timedelta(days=1)]),
        import_id=st.integers(1, 9),
        is_proven=st.booleans(),
        quantity=st.integers(0, 2),
        is_complete=st.booleans(),
        has_cost=st.booleans(),
        proven_until=st.sampled_from([NOON, LATER]),
        exported_at=st.sampled_from([NOON, LATER]),
        is_hourly=st.booleans(),
        sha256=st.integers(0, 10**6).map(lambda number: f"{number:064x}"),
    ),
    max_size=8,
    unique_by=lambda claim: (claim.account, claim.charge_date, claim.sha256),
)
pure = settings(deadline=None, derandomize=True, max_examples=200)


@pure
@given(claims, st.randoms(use_true_random=False))
def test_neither_order_nor_repeats_matter(claims, random):
    """Any order of the claims, each once or more often, gives the same sources."""
    again = [*claims, *claims[: len(claims) // 2]]
    random.shuffle(again)
    assert day_sources(again, {}) == day_sources(claims, {})


@pure
@given(claims)
def test_the_source_of_a_day_is_its_strongest_claim(claims):
    """Exactly the claimed days have a source, each a claim on it that no other exceeds."""
    sources = day_sources(claims, {})
    assert sources.keys() == {(claim.account, claim.charge_date) for claim in claims}
    for claim in claims:
        assert sources[claim.account, claim.charge_date].strength >= claim.strength


@pure
@given(claims, claims)
def test_sources_of_a_union_are_those_of_the_sources_of_its_parts(some, others):
    """Import by import or all at once: the sources of the sources of two sets are the sources of both sets."""
    step = [*day_sources(some, {}).values(), *day_sources(others, {}).values()]
    assert {day: claim.strength for day, claim in day_sources(step, {}).items()} == {
        day: claim.strength for day, claim in day_sources([*some, *others], {}).items()
    }


@pure
@given(claims, st.integers(0, 7))
def test_without_a_loser_nothing_changes(claims, chosen):
    """Undoing an import that is the source of no day leaves every source as it was."""
    losers = [claim for claim in claims if claim not in day_sources(claims, {}).values()]
    if losers:
        left = [claim for claim in claims if claim is not losers[chosen % len(losers)]]
        assert day_sources(left, {}) == day_sources(claims, {})
