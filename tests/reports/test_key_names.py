"""A key is its account and its mask, whatever it is called: each name that it has had means all of it."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from analytics.core.errors import AnalyticsError
from analytics.reports.arguments import resolve
from analytics.reports.catalog import REPORTS
from analytics.reports.focus import NAME as FOCUS
from analytics.reports.registry import report
from analytics.settings.snapshot import NO_SETTINGS
from tests.support.generated import DAY, Call, Cut, Key, Tier, World, cases
from tests.support.laws import law, ledger_of
from tests.support.small_exports import OFF_PEAK, masked

REPORT_NAMES = (*REPORTS, FOCUS)
SEPTEMBER = date(2026, 9, 1)


def rows_or_refusal(database, name, keys):
    """The rows of a report of these keys, or the code with which it is refused: FOCUS wants a known currency."""
    try:
        return report(database, name, *resolve(database, name, {"keys": keys}), NO_SETTINGS).frame.rows
    except AnalyticsError as error:
        return error.code


def rows_by_report(database, *keys):
    """The rows of every report of these keys, by its name."""
    return {name: rows_or_refusal(database, name, keys) for name in REPORT_NAMES}


def keys_by_name(ledger):
    """The masks of the keys that each name means; a mask is no name of another key."""
    rows = ledger.sql("SELECT DISTINCT api_key, api_key_name FROM api_key_name").rows
    masks = {mask for mask, _ in rows}
    found = defaultdict(set)
    for mask, name in rows:
        if name not in masks:
            found[name].add(mask)
    return found


@law(1, cases(max_cuts=2))
def test_every_report_of_a_name_is_that_of_its_keys(case):
    """Whichever of its names is given, every report has the rows of the whole key."""
    with ledger_of(case.zips()) as ledger:
        for name, masks in keys_by_name(ledger).items():
            by_name, by_mask = ledger._query(
                lambda database, name=name, masks=masks: [
                    rows_by_report(database, name),
                    rows_by_report(database, *sorted(masks)),
                ]
            )
            assert by_name == by_mask


@pytest.fixture(scope="module")
def renamed():
    """A ledger in which one key cost 60.00 in September as `billing` and 62.00 in October as `billing-v2`, and another 1.00 a month."""
    october = date(2026, 10, 1)
    keys = (Key(0, masked(3), ((SEPTEMBER, "billing"), (october, "billing-v2"))), Key(0, masked(5), ((SEPTEMBER, "other-app"),)))
    calls = [
        Call(0, "m", OFF_PEAK, datetime.combine(SEPTEMBER + day * DAY, datetime.min.time()), (0, 0, 2 * 10**6, 1)) for day in range(61)
    ]
    calls += [Call(1, "m", OFF_PEAK, datetime.combine(first, datetime.min.time()), (0, 0, 10**6, 1)) for first in (SEPTEMBER, october)]
    world = World(keys, tuple(calls))
    cuts = [Cut(0, first, days, "C", "Z", datetime(2026, 11, 2)) for first, days in ((SEPTEMBER, 30), (october, 31))]
    with ledger_of([world.zip(cut) for cut in cuts]) as ledger:
        yield ledger


@pytest.mark.parametrize("name", ["billing", "billing-v2", masked(3)])
def test_a_filter_by_an_old_name_takes_the_whole_key(renamed, name):
    """October by the name of September is October, and both months are both months."""
    assert renamed.report("spend-by-key", month="2026-10", keys=[name]).values("computed_cost") == [62]
    assert renamed.report("spend-by-key", keys=[name]).values("computed_cost") == [122]
    (summary,) = renamed.report("summary", month="2026-10", keys=[name]).records()
    assert (summary["computed_cost"], summary["change_cost"]) == (62, 2)
    assert renamed.what_if(traffic={name: Decimal(2)}, month="2026-10", keys=[name]).frame.values("what_if_cost") == [124]


@pytest.mark.parametrize("name", ["billing", "billing-v2", masked(3)])
def test_a_budget_and_an_owner_rule_by_an_old_name_take_the_whole_key(renamed, name):
    """A budget of 40.00 for October is crossed by 62.00, and all of it goes to the owner, whichever name stands in the settings."""
    renamed.directory.settings.write_text(
        f'[[budget]]\nname = "b"\nkey = "{name}"\namount = "40.00"\ncurrency = "CNY"\n\n[[owner]]\nkeys = ["{name}"]\nowner = "shop"\n',
        encoding="utf-8",
    )
    try:
        (budget,) = renamed.report("budgets", month="2026-10").records()
        assert (budget["used_cost"], budget["status"]) == (62, "crossed")
        by_owner = {row["owner"]: row["computed_cost"] for row in renamed.report("spend-by-owner", month="2026-10").records()}
        assert by_owner == {None: 1, "shop": 62}
    finally:
        renamed.directory.settings.unlink()


def test_a_mask_means_its_key_and_not_another_of_that_name():
    """A key whose name is the mask of another is not counted in with it, in filters and in budgets."""
    keys = (Key(0, masked(3), ((SEPTEMBER, "first"),)), Key(0, masked(5), ((SEPTEMBER, masked(3)),)))
    at = datetime.combine(SEPTEMBER, datetime.min.time())
    calls = (
        Call(0, "m", Tier("CNY", "1", "10", "1"), at, (0, 0, 5 * 10**6, 1)),
        Call(1, "m", Tier("CNY", "1", "10", "1"), at + timedelta(hours=1), (0, 0, 3 * 10**6, 1)),
    )
    with ledger_of([World(keys, calls).zip(Cut(0, SEPTEMBER, 30, "C", "Z", datetime(2026, 10, 2)))]) as ledger:
        assert ledger.report("spend-by-key", keys=[masked(3)]).values("computed_cost") == [5]
        ledger.directory.settings.write_text(
            f'[[budget]]\nname = "b"\nkey = "{masked(3)}"\namount = "9"\ncurrency = "CNY"\n', encoding="utf-8"
        )
        assert ledger.report("budgets", month="2026-09").values("used_cost") == [5]
