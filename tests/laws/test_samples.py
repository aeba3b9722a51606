"""The sample exports: what is committed is what generate.py writes, and the reports show what was put there."""

import importlib.util
import sys
from collections import defaultdict
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from analytics import Keyspend
from analytics.ingest.deepseek.cells import account_label
from analytics.reports.catalog import reports
from tests.conftest import NOW

FOLDER = Path(__file__).parents[2] / "sample_exports"


def _generator():
    specification = importlib.util.spec_from_file_location("sample_exports_generate", FOLDER / "generate.py")
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


samples = _generator()
MAIN, SECOND = (account_label(account.user_id) for account in samples.ACCOUNTS)


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """A ledger with all samples, and their receipts by folder and name."""
    ledger = Keyspend(tmp_path_factory.mktemp("samples") / "data", clock=lambda: NOW)
    receipts = ledger.import_paths([FOLDER])
    return ledger, {(receipt.account, receipt.source_name): receipt for receipt in receipts}


@pytest.fixture(scope="module")
def full(imported):
    """The ledger alone."""
    return imported[0]


def days_of(full, key):
    """What each day of a key of the main account cost, by date."""
    return {row["charge_date"]: row for row in full.report("spend-by-day", account=MAIN, keys=[key]).records()}


def test_the_zips_are_what_the_generator_writes():
    """Every zip in the folder is reproduced byte for byte, and there is none besides."""
    assert samples.differing(samples.sample_zips()) == []


def test_a_zip_that_differs_is_named(tmp_path, monkeypatch, capsys):
    """What was written passes the check; a changed, a missing and a strange zip fail it by name."""
    monkeypatch.setattr(samples, "FOLDER", tmp_path)
    monkeypatch.setattr(samples, "sample_zips", lambda: {"a/1.zip": b"one", "a/2.zip": b"two", "a/3.zip": b"three"})
    assert (samples.main([]), samples.main(["--check"])) == (0, 0)
    capsys.readouterr()
    (tmp_path / "a/1.zip").write_bytes(b"changed")
    (tmp_path / "a/2.zip").unlink()
    (tmp_path / "a/4.zip").write_bytes(b"strange")

    assert samples.main(["--check"]) == 1
    assert capsys.readouterr().out.splitlines() == ["differs: a/1.zip", "differs: a/2.zip", "differs: a/4.zip"]


def test_the_samples_are_small():
    """A clone does not pay more than a megabyte for them."""
    assert sum(path.stat().st_size for path in FOLDER.rglob("*.zip")) < 1_000_000


def test_every_export_is_accepted_and_reconciles(imported):
    """All files are imported, and billed equals computed to the last digit in each of them, also on the unfinished day."""
    full, receipts = imported

    assert len(receipts) == sum(len(account.exports) for account in samples.ACCOUNTS)
    assert {(receipt.status, receipt.is_reconciled) for receipt in receipts.values()} == {("imported", True)}
    assert {row["status"] for row in full.report("reconciliation").records()} == {"reconciled"}
    assert set(full.report("reconciliation").values("variance")) == {Decimal(0)}


def test_totals_are_those_of_the_generator(full):
    """Each key, and each currency billed, comes to what the generator adds up from its hours, without a file between them."""
    expected = {(account_label(user), key, currency): cost for (user, key, currency), cost in samples.expected_totals().items()}

    spend = {(row["account"], row["api_key"], row["currency"]): row["computed_cost"] for row in full.report("spend-by-key").records()}

    assert spend == expected
    totals = defaultdict(Decimal)
    for (_, _, currency), cost in expected.items():
        totals[currency] += cost
    assert dict(full.sql("SELECT currency, sum(billed_cost) FROM billing GROUP BY currency").rows) == totals


def test_every_layout_is_there_in_the_order_of_its_time(full):
    """The days of the main account come from layout A, then B, then C, and one of them from its hours."""
    found = full.sql(
        f"""SELECT layout, min(charge_date), max(charge_date) FROM owned_day JOIN imports USING (import_id)
        WHERE owned_day.account = '{MAIN}' GROUP BY layout ORDER BY layout"""
    )

    assert found.rows == [
        ("A", date(2026, 4, 1), date(2026, 6, 30)),
        ("B", date(2026, 7, 1), date(2026, 8, 3)),
        ("C", date(2026, 8, 4), date(2026, 9, 30)),
        ("C-hour", date(2026, 9, 16), date(2026, 9, 16)),
    ]


def test_the_joint_of_utc_and_beijing_days_is_an_overlap(full):
    """In both accounts the last UTC day and the first +08:00 day share eight hours, no other days do, and none is absent or partial."""
    coverage = [(row["account"], row["charge_date"], row["overlap_hours"], row["status"]) for row in full.report("coverage").records()]

    assert sorted(row[:3] for row in coverage if row[3] == "overlap") == sorted(
        (account, day, 8) for account in (MAIN, SECOND) for day in (date(2026, 8, 3), date(2026, 8, 4))
    )
    assert {row[3] for row in coverage} == {"present", "overlap"}


def test_the_unfinished_day_is_completed_by_the_next_export(imported):
    """30 July was in progress in one export, and the next one, which has more of it, takes it over."""
    _, receipts = imported
    first = receipts[MAIN, "usage_data_2026-07-01_2026-07-30.zip"]
    second = receipts[MAIN, "usage_data_2026-07-30_2026-08-03.zip"]

    assert first.partial_dates == [date(2026, 7, 30)]
    assert second.replaced == {first.import_id: [date(2026, 7, 30)]}
    assert [receipt for receipt in receipts.values() if receipt.partial_dates] == [first]


def test_the_hours_of_a_day_add_up_to_its_daily_rows(ledger):
    """With the day of the hourly export first from the monthly one and then from its hours, every key costs the same."""
    folder = FOLDER / samples.MAIN.folder
    day = {"start": "2026-09-16", "end": "2026-09-17"}
    ledger.import_paths([folder / "usage_data_2026-09-01_2026-09-30.zip"])
    by_day = ledger.report("spend-by-key", **day).rows

    (receipt,) = ledger.import_paths([folder / "usage_data_2026-09-16_2026-09-16.zip"])

    assert (receipt.layout, receipt.owned_days) == ("C-hour", 1)
    assert ledger.report("spend-by-key", **day).rows == by_day


def test_a_key_was_renamed_and_a_name_is_used_twice(imported):
    """One key has had two names and stays one, and both accounts have a key named checkout-api."""
    full, receipts = imported
    names = full.sql("SELECT account, api_key, api_key_name FROM api_key_name ORDER BY ALL").rows

    assert {name for _, key, name in names if key == samples.mask("2b8d0", "a41c")} == {"report-bot", "月报生成"}
    assert "report-bot" not in full.report("spend-by-key").values("api_key_name")
    assert {account for account, _, name in names if name == "checkout-api"} == {MAIN, SECOND}
    assert "key-renamed" in {finding.code for receipt in receipts.values() for finding in receipt.findings}


def test_a_granted_and_a_paid_balance_pay_together(full):
    """Both accounts have days and models that both wallets paid, and the granted parts add up to what was granted."""
    granted = full.sql("SELECT currency, sum(billed_cost) FROM billing WHERE wallet_type = 'Granted' GROUP BY currency")
    both = full.sql("SELECT account, charge_date FROM billing GROUP BY account, charge_date, model HAVING count(DISTINCT wallet_type) = 2")

    assert dict(granted.rows) == {"CNY": Decimal(450), "USD": Decimal(5)}
    assert {account for account, _ in both.rows} == {MAIN, SECOND}


def test_peak_hours_cost_twice_on_working_days_since_17_august(full):
    """A model, meter and day has two prices, one twice the other, on weekdays since 17 August except Mid-Autumn, and one before."""
    found = full.sql(
        """SELECT charge_date, max(unit_price) / min(unit_price), min(unit_price) FROM usage
        WHERE model <> 'deepseek-flash' AND unit_price IS NOT NULL GROUP BY account, charge_date, model, meter"""
    )
    two_prices = {day for day, ratio, _ in found.rows if ratio > 1}
    workdays = {day for day in samples._days(date(2026, 8, 17), samples.LAST_DAY) if day.weekday() < 5 and day != samples.MID_AUTUMN}

    assert {ratio for _, ratio, _ in found.rows} == {1, 2}
    assert two_prices == workdays


def test_the_cheaper_model_opens_on_10_september(full):
    """deepseek-flash is first used on 10 September, beside the old model until then, for less per token of every meter."""
    prices = [row for row in full.report("price-history", account=MAIN).records() if row["model"].endswith("-flash")]
    lowest = {(row["model"], row["meter"]): row["unit_price"] for row in reversed(prices) if row["first_date"] >= date(2026, 8, 17)}

    assert min(row["first_date"] for row in prices if row["model"] == samples.FLASH) == date(2026, 9, 10)
    for meter in samples.METERS[:3]:
        assert lowest[samples.FLASH, meter] < lowest[samples.V4_FLASH, meter]


def test_the_spike_stands_out(full):
    """On its three days the key costs at least four times its median of the month, and on no other day twice."""
    costs = {day: row["computed_cost"] for day, row in days_of(full, samples.SPIKE.key).items() if day >= date(2026, 9, 1)}
    usual = median(costs.values())

    spike = {day for day, cost in costs.items() if cost > 2 * usual}

    assert spike == set(samples._days(samples.SPIKE.first, samples.SPIKE.last))
    assert min(costs[day] for day in spike) > 4 * usual


def test_the_cache_collapse_stands_out(full):
    """For two weeks a key asks as much as before, nearly nothing comes from the cache, and a request costs more than twice."""
    event = samples.CACHE_COLLAPSE
    days = [row for day, row in days_of(full, event.key).items() if date(2026, 5, 20) <= day <= date(2026, 7, 14)]

    def figures(rows):
        hit, miss, requests = (
            sum(row[name] for row in rows) for name in ("input_cache_hit_tokens", "input_cache_miss_tokens", "request_count")
        )
        return hit / (hit + miss), requests / len(rows), sum(row["computed_cost"] for row in rows) / requests

    within = figures([row for row in days if event.first <= row["charge_date"] <= event.last])
    outside = figures([row for row in days if not event.first <= row["charge_date"] <= event.last])

    assert within[0] < 0.1
    assert outside[0] > 0.8
    assert within[1] == pytest.approx(outside[1], rel=0.1)
    assert within[2] > 2 * outside[2]


def test_a_key_appears_and_a_key_goes_silent(full):
    """The new key has no day before its first, and the silent one none after its last, although it had three a week until then."""
    new, silent = (sorted(days_of(full, event.key)) for event in (samples.NEW_KEY, samples.SILENT_KEY))

    assert (new[0], new[-1]) == (samples.NEW_KEY.first, date(2026, 9, 29))
    assert (silent[0], silent[-1]) == (date(2026, 4, 1), date(2026, 9, 7))
    assert max(later - earlier for earlier, later in pairwise(silent)).days == 3


def test_hot_keys_are_the_planted_ones_and_no_others(full):
    """Over the half year, and in each of its months, exactly the four events are told, on their days; the quiet keys stay quiet."""
    expected = {
        ("cache_hit_collapse", samples.CACHE_COLLAPSE.key, samples.CACHE_COLLAPSE.first, samples.CACHE_COLLAPSE.last),
        ("new_key", samples.NEW_KEY.key, samples.NEW_KEY.first, samples.LAST_DAY),
        ("silent_key", samples.SILENT_KEY.key, date(2026, 9, 8), samples.LAST_DAY),
        ("spike", samples.SPIKE.key, samples.SPIKE.first, samples.SPIKE.last),
    }

    def alerts(**period):
        rows = full.report("hot-keys", **period).records()
        return [(row["kind"], row["api_key_name"], row["first_date"], row["last_date"], row["account"]) for row in rows]

    assert {alert[:4] for alert in alerts()} == expected
    assert {alert[4] for alert in alerts()} == {MAIN}
    monthly = [alert[:2] for month in range(4, 10) for alert in alerts(month=f"2026-{month:02}")]
    assert sorted(monthly) == sorted(alert[:2] for alert in expected)


def test_nothing_outsideis_conspicuous(full):
    """On days of one price list, no other busy key ever costs more than twice its median of those days."""
    planted = {event.key for event in (samples.SPIKE, samples.CACHE_COLLAPSE)}
    found = full.sql(
        """SELECT api_key, api_key_name, model, charge_date, sum(computed_cost) FROM usage
        WHERE charge_date < '2026-08-03' GROUP BY ALL"""
    )
    costs = defaultdict(list)
    for key, name, model, _, cost in found.rows:
        if name not in planted:
            costs[key, model].append(cost)

    assert all(max(series) < 2 * median(series) for series in costs.values())


def test_the_order_of_import_changes_no_report(imported, ledger):
    """Imported from the last file to the first, the samples give the same reports; only the numbers of the imports differ."""
    full, _ = imported

    ledger.import_paths(sorted(FOLDER.rglob("*.zip"), reverse=True))

    assert ledger.imports().values("source_name") == full.imports().values("source_name")[::-1]
    for name in reports():
        assert named(ledger, name) == named(full, name)


def named(ledger, name):
    """The rows of a report, with the hash of an import in place of its number."""
    hashes = {row["import_id"]: row["sha256"] for row in ledger.imports().records()}
    return [row | {"import_id": hashes.get(row.get("import_id"))} for row in ledger.report(name).records()]
