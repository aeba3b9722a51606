"""The reports of the dashboard's pages, on figures small enough to check by hand, and their sums on the samples."""

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal

import pytest

from analytics import UsageError
from analytics.writers import table
from tests.support.generated import DAY, MASK, METERS, Call, Cut, Key, Tier, World, export
from tests.support.small_exports import JUNE, OFF_PEAK, PEAK, imported, masked, spend


def summed(frame, column, *by):
    """The sums of a column by others, without sums of zero."""
    totals = defaultdict(Decimal)
    for row in frame.records():
        totals[tuple(row[name] for name in by)] += row[column] or 0
    return {key: value for key, value in totals.items() if value}


@pytest.mark.parametrize(("grain", "by"), [("hour", "model"), ("day", "key"), ("week", "total"), ("month", "key")])
def test_a_trend_is_the_whole_spend(samples, grain, by):
    """However a trend is broken down, it adds up to what the keys cost and used; by the hour, where there are hours."""
    scope = {"start": "2026-08-20", "end": "2026-09-20", "account": "acct-6b625745a1"}
    if grain == "hour":
        scope |= {"start": "2026-09-16", "end": "2026-09-17"}
    trend = samples.report("spend-trend", **scope, grain=grain, by=by, top=2)

    assert summed(trend, "computed_cost", "currency") == summed(samples.report("spend-by-key", **scope), "computed_cost", "currency")
    used, tokens = samples.report("tokens-by-key", **scope), samples.report("tokens-trend", **scope, grain=grain, by=by, top=2)
    assert all(summed(tokens, meter) == summed(used, meter) for meter in METERS)
    assert len(set(trend.values("series"))) == (1 if by == "total" else 3)


def test_every_answer_adds_up_to_the_same(samples):
    """Leaderboard, heat map, meters and summary hold the same cost; movers add up to its change; a statement to the bill."""
    scope = {"month": "2026-09"}
    (whole, change), *others = [
        (
            summed(samples.report(name, **scope), "computed_cost", "currency"),
            summed(samples.report(name, **scope), "change_cost", "currency"),
        )
        for name in ("summary", "key-leaderboard", "key-movers")
    ]
    assert all(other == (whole, change) for other in others)
    assert change
    for name in ("spend-by-key-and-day", "spend-by-meter", "price-trend", "spend-by-key"):
        assert summed(samples.report(name, **scope), "computed_cost", "currency") == whole

    billed = samples.sql(
        "SELECT currency, sum(billed_cost) FROM billing WHERE charge_date BETWEEN '2026-09-01' AND '2026-09-30' GROUP BY ALL"
    )
    parts = summed(samples.report("statement", **scope), "billed_cost", "section", "currency")
    for currency, amount in billed.rows:
        assert {parts[section, currency] for section in ("total", "wallet", "model")} == {amount}
        assert summed(samples.report("summary", **scope), "billed_cost", "currency")[currency,] == amount


def test_a_statement_splits_what_was_granted_among_keys(ledger, tmp_path):
    """Keys share a grant by what they cost on its days and models, and one for nothing that was used by what they cost at all."""
    other = MASK.replace("sk-", "sk-0")[: len(MASK)]
    used = [("01", MASK, "30"), ("01", other, "10"), ("02", other, "10")]
    amount = [[f"2026-05-{day}", "m", key[:8], key, "output_tokens", "0.000002", tokens] for day, key, tokens in used]
    billed = [
        ("01", "m", "Paid", "0.00004"),
        ("01", "m", "Granted", "0.00004"),
        ("02", "m", "Paid", "0.00002"),
        ("03", "x", "Granted", "0.000008"),
    ]
    imported(ledger, tmp_path, export(amount, [[f"2026-05-{day}", *rest, "CNY"] for day, *rest in billed], layout="A"))

    report = ledger.answer("statement", month="2026-05")
    granted = {(row["section"], row["api_key"] or row["item"]): row["granted_cost"] for row in report.frame.records()}
    expected = {("total", None): "48", ("model", "m"): "40", ("model", "x"): "8", ("key", MASK): "34.8", ("key", other): "13.2"}
    assert granted == {key: Decimal(millionths).scaleb(-6) for key, millionths in expected.items()} | {
        ("wallet", "Granted"): None,
        ("wallet", "Paid"): None,
    }
    assert report.notes[0].endswith("CNY 2026-05: not complete (3 of 31 days), not reconciled (1 day), open")


def test_a_statement_explains_the_bill_by_key(ledger, tmp_path):
    """What the keys cost and the variance are the bill, in a month whose files differ; the days are named."""
    cut = Cut(0, JUNE, 2, "C", "Z", datetime(2026, 6, 20), flaw="row-wrong")
    world = World((Key(0, MASK, ((JUNE, "n"),)),), (Call(0, "m", OFF_PEAK, datetime(2026, 6, 1, 5), (0, 0, 10**6, 1)),))
    imported(ledger, tmp_path, world.zip(cut))

    rows = list(ledger.report("statement", month="2026-06").records())
    (total,), (key,) = ([row for row in rows if row["section"] == section] for section in ("total", "key"))

    assert total["variance"]
    assert key["computed_cost"] + total["variance"] == total["billed_cost"]
    assert {row["status"] for row in rows} == {"unreconciled", None}
    assert total["unreconciled_dates"] == key["unreconciled_dates"] == "2026-06-01"


def test_a_month_without_a_bill_was_not_billed_nothing(ledger, tmp_path):
    """Where the month before has no cost file, what was billed then is not known, and the computed costs are compared."""
    july = date(2026, 7, 1)
    calls = tuple(Call(0, "m", OFF_PEAK, datetime(2026, 5 + cost, 1), (0, 0, cost * 10**6, 1)) for cost in (1, 2))
    world = World((Key(0, MASK, ((JUNE, "n"),)),), calls)
    cuts = [Cut(0, day, 1, "C", "Z", datetime(2026, 7, 20), with_cost=day == july) for day in (JUNE, july)]
    for number, cut in enumerate(cuts):
        (tmp_path / f"{number}.zip").write_bytes(world.zip(cut))
    ledger.import_paths([tmp_path / "0.zip", tmp_path / "1.zip"], without_cost=True)

    changes = {row["section"]: row["change_cost"] for row in ledger.report("statement", month="2026-07").records()}
    assert changes == {"total": 1, "wallet": None, "model": 1, "key": 1}
    assert set(ledger.report("statement", month="2026-07").values("previous_billed_cost")) == {None}


def test_a_key_called_other_is_not_the_rest(ledger, tmp_path):
    """The rest of a trend is marked by `is_other` and not by its name."""
    imported(ledger, tmp_path, spend((1, JUNE, 5), (2, JUNE, 3), (3, JUNE, 3), name=lambda number: "other" if number == 1 else "n"))

    rows = list(ledger.report("spend-trend", top=2).records())

    assert [(row["series"], row["api_key"], row["is_other"], row["computed_cost"]) for row in rows] == [
        ("other", masked(1), False, 5),
        ("n", masked(2), False, 3),  # Of two that cost the same, the first by account and mask.
        ("other", None, True, 3),
    ]


@pytest.mark.parametrize("name", ["spend-by-key", "spend-by-day", "spend-trend", "key-leaderboard", "unit-costs"])
def test_a_mask_means_its_key_and_no_key_called_like_it(ledger, tmp_path, name):
    """A mask selects its key alone, even where another key has that mask as its name; so does the mask of that other."""
    names = {1: "victim", 2: masked(1)}
    imported(ledger, tmp_path, spend((1, JUNE, 5), (2, JUNE, 3), name=names.get))

    def cost(*keys):
        return sum(ledger.report(name, keys=keys).values("computed_cost"))

    each = cost("victim") / 5
    assert cost() == 8 * each
    assert cost(masked(1)) == 5 * each
    assert cost(masked(2)) == 3 * each
    assert cost(masked(1), masked(2)) == 8 * each


def test_weeks_are_iso_weeks(ledger, tmp_path):
    """A week begins on Monday, over the end of a month and of a year."""
    days = [date(2025, 12, 28), date(2025, 12, 29), date(2026, 1, 1), date(2026, 1, 4), date(2026, 1, 5)]
    imported(ledger, tmp_path, spend(*[(1, day, 10**place) for place, day in enumerate(days)]))

    weeks = ledger.report("spend-trend", grain="week", by="total")
    months = ledger.report("spend-trend", grain="month", by="total")

    assert list(zip(weeks.values("charge_date"), weeks.values("computed_cost"), strict=True)) == [
        (date(2025, 12, 22), 1),
        (date(2025, 12, 29), 1110),
        (date(2026, 1, 5), 10000),
    ]
    assert months.values("computed_cost") == [11, 11100]


def test_movers_are_the_largest_both_ways(ledger, tmp_path):
    """Keys that rose and fell, new and silent ones, ranked each way by how much; the others as one."""
    before = {1: 10, 2: 10, 3: 50, 4: 20, 6: 7}
    after = {1: 90, 2: 30, 3: 1, 4: 15, 5: 40, 6: 7}
    july = date(2026, 7, 1)
    imported(ledger, tmp_path, spend(*[(k, JUNE, c) for k, c in before.items()], *[(k, july, c) for k, c in after.items()]))

    rows = list(ledger.report("key-movers", month="2026-07", top=1).records())

    assert [(row["direction"], row["api_key_name"], row["previous_computed_cost"], row["change_cost"]) for row in rows] == [
        ("up", "1", 10, 80),
        ("down", "3", 50, -49),
        (None, "other", 37, 55),
    ]
    ups = [row["api_key_name"] for row in ledger.report("key-movers", month="2026-07").records() if row["direction"] == "up"]
    assert ups == ["1", "5", "2"]


def test_what_has_no_evidence_has_no_change(ledger, tmp_path):
    """An account whose exports begin later has no change and is named; a key that was new in a known month changed from nothing."""
    july = date(2026, 7, 1)
    imported(ledger, tmp_path, spend((1, JUNE, 5), (1, july, 6), (2, july, 1)), spend((1, july, 9), account=1))

    answer = ledger.answer("key-leaderboard", month="2026-07")
    changes = {(row["computed_cost"], row["previous_computed_cost"], row["change_cost"]) for row in answer.frame.records()}
    (late,) = {row["account"] for row in answer.frame.records() if row["computed_cost"] == 9}

    assert changes == {(6, 5, 1), (1, 0, 1), (9, None, None)}
    assert ledger.report("summary", month="2026-07").values("change_cost") == [None]
    assert "compared with 2026-06-01" in answer.notes  # The evidence of July ends on its first day.
    assert f"not compared, because their evidence begins later: {late}" in answer.notes
    first = ledger.answer("key-movers", month="2026-06")
    assert first.frame.rows == []
    assert first.notes == ["there is no evidence of a period to compare with"]


def test_the_month_so_far_is_compared_with_the_same_days(ledger, tmp_path):
    """July to the 3rd stands against June to the 3rd, as the notes state, with the days that July still lacks."""
    costs = [(1, JUNE + number * DAY, 1) for number in range(30)]
    july = [(1, date(2026, 7, 1) + number * DAY, 2) for number in range(3)]
    imported(ledger, tmp_path, spend(*costs, *july))

    answer = ledger.answer("summary", month="2026-07")

    (row,) = answer.frame.records()
    assert (row["computed_cost"], row["previous_computed_cost"], row["change_ratio"]) == (6, 3, 1.0)
    absent, compared = answer.notes
    assert absent.endswith("covers 2026-07-04 to 2026-07-31: 3 of 31 days")
    assert compared == "compared with 2026-06-01 to 2026-06-03"


def test_hourly_trends_have_the_days_with_hours(samples):
    """By the hour, days without hours are left out and named; the hours of a day add up to it."""
    scope = {"account": "acct-6b625745a1", "start": "2026-09-15", "end": "2026-09-18"}

    answer = samples.answer("spend-trend", **scope, grain="hour", by="total")

    assert set(answer.frame.values("charge_date")) == {date(2026, 9, 16)}
    assert len(set(answer.frame.values("charge_start"))) == 24
    assert answer.notes == ["left out, because their exports tell no hours: 2026-09-15, 2026-09-17"]
    assert samples.answer("spend-trend", **scope, by="total").notes == []


def test_what_is_billed_for_a_key_is_not_known(samples):
    """Narrowed to a key, the billed cost is unknown (NULL), and a note has the reason."""
    for name in ("summary", "statement"):
        answer = samples.answer(name, month="2026-09", keys=["translator"])
        assert set(answer.frame.values("billed_cost")) == {None}
        assert answer.notes[-1] == "what was billed for a key is not known: the cost file names no keys"


def test_several_keys_and_models_narrow_together(samples):
    """Keys by mask, by name or by an old name, and models, each several; an unknown one among them is refused by its name."""
    frame = samples.report("spend-by-key", keys=["report-bot", "sandbox"], models=["deepseek-v4-pro", "deepseek-v4-flash"])
    assert set(frame.values("api_key_name")) == {"月报生成", "sandbox"}
    assert set(samples.report("spend-by-key", currency="USD").values("currency")) == {"USD"}

    with pytest.raises(UsageError, match=r"no API key 'nobody', 'none'$"):
        samples.report("spend-by-key", keys=["sandbox", "nobody", "none"])


@pytest.mark.parametrize(
    ("name", "choice", "code"),
    [
        ("spend-by-key", {"grain": "day"}, "grain-unused"),
        ("summary", {"top": 3}, "top-unused"),
        ("key-movers", {"by": "model"}, "by-unused"),
        ("spend-trend", {"grain": "year"}, "grain-unknown"),
        ("spend-trend", {"by": "wallet"}, "by-unknown"),
        ("spend-trend", {"top": 0}, "top-none"),
        ("spend-trend", {"currency": "EUR"}, "currency-unknown"),
    ],
)
def test_a_choice_that_makes_no_sense_is_refused(samples, name, choice, code):
    """An option that a report does not have, or an unknown value, is refused and never ignored."""
    with pytest.raises(UsageError) as caught:
        samples.report(name, **choice)
    assert caught.value.code == code


def test_cache_hits_save_at_the_prices_of_their_own_tier(ledger, tmp_path):
    """Of two tiers in a day each saves at its own prices; a tier without misses at the price that it always had; else it is unknown."""
    odd, once, later = Tier("CNY", "3", "30", "3"), Tier("CNY", "7", "70", "7"), Tier("CNY", "7", "77", "7")
    million = 10**6

    def call(tier, day, hits, misses):
        return Call(0, "m", tier, datetime.combine(JUNE + day * DAY, datetime.min.time()), (hits * million, misses * million, 0, 1))

    calls = [call(OFF_PEAK, 0, 1, 1), call(PEAK, 0, 1, 1), call(PEAK, 1, 2, 0), call(odd, 2, 5, 0)]
    calls += [call(once, 3, 1, 1), call(later, 4, 1, 1), call(once, 5, 4, 0)]
    # Hits off-peak and misses at peak are no pair, although each is the only price of its day.
    calls += [call(OFF_PEAK, 6, 3, 0), call(PEAK, 6, 0, 3)]
    world = World((Key(0, MASK, ((JUNE, "n"),)),), tuple(calls))
    imported(ledger, tmp_path, world.zip(Cut(0, JUNE, 7, "C", "Z", datetime(2026, 6, 20))))

    (row,) = ledger.report("cache-savings").records()

    assert row["saved_cost"] == (10 - 1) + (20 - 2) + 2 * (20 - 2) + (70 - 7) + (77 - 7) + 3 * (10 - 1)
    assert row["unvalued_tokens"] == (5 + 4) * million
    assert row["input_cache_hit_tokens"] == 18 * million


@pytest.mark.parametrize(
    ("name", "scope"), [("statement", {"account": "acct-6b625745a1"}), ("key-movers", {"top": 3}), ("summary", {}), ("spend-by-meter", {})]
)
def test_tables_are_golden(samples, golden, name, scope):
    """The tables for a terminal are the golden files."""
    golden.check(f"{name}.table", table.table(samples.report(name, month="2026-09", **scope)).encode())
