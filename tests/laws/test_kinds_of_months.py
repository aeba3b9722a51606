"""Months of every kind, empty, small, large, of two currencies or not over: each report works on them and says what they are."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from analytics.api import Keyspend
from analytics.reports.catalog import reports
from analytics.writers import document_writer, writer
from tests.conftest import NOW
from tests.support.generated import MASK, export

MAY = [date(2026, 5, 1) + timedelta(days=number) for number in range(31)]
PRICE = {"CNY": Decimal("0.000003"), "USD": Decimal("0.00000042")}
TOKENS = 1000


def month(currencies, keys=1, exported_at=NOW, days=MAY):
    """An export of days on which each key used the same, in the currencies that `currencies` tells of a day."""
    masks = [MASK] if keys == 1 else [f"sk-{number:05x}{'*' * 23}{number % 65536:04x}" for number in range(keys)]
    amount, cost = [], []
    for day in days:
        for currency in currencies(day):
            amount += [[str(day), "m", f"key {mask[3:8]}", mask, "output_tokens", f"{PRICE[currency]:f}", str(TOKENS)] for mask in masks]
            cost.append([str(day), "m", "Paid", f"{PRICE[currency] * TOKENS * keys:f}", currency])
    return export(amount, cost, layout="A", exported_at=exported_at)


KINDS = {
    "no data": (month(lambda _: ()), {}, ["no export tells of any day of 2026-05"]),
    "one key": (month(lambda _: ("CNY",)), {"CNY": 31}, ["CNY 2026-05: complete, reconciled, open"]),
    "two currencies": (
        month(lambda _: ("CNY", "USD")),
        {"CNY": 31, "USD": 31},
        ["CNY 2026-05: complete, reconciled, open", "USD 2026-05: complete, reconciled, open"],
    ),
    "another currency from the 16th on": (
        month(lambda day: ("CNY",) if day.day < 16 else ("USD",)),
        {"CNY": 15, "USD": 16},
        ["CNY 2026-05: complete, reconciled, open", "USD 2026-05: complete, reconciled, open"],
    ),
    "an open last day": (
        month(lambda _: ("USD",), exported_at=datetime(2026, 5, 31, 12) + timedelta(hours=8)),
        {"USD": 31},
        ["USD 2026-05: not complete (30 of 31 days), reconciled, open", "in progress when exported: 2026-05-31; export again to complete"],
    ),
}


@pytest.fixture(scope="module", params=KINDS)
def kind(request, tmp_path_factory):
    """A ledger with a month of each kind, what each currency's days cost, and the notes of a statement."""
    content, days, expected_notes = KINDS[request.param]
    path = tmp_path_factory.mktemp("month") / "usage_data_2026_5.zip"
    path.write_bytes(content)
    ledger = Keyspend(path.with_name("data"), clock=lambda: NOW)
    (outcome,) = ledger.import_paths([path])
    assert outcome.status == "imported"
    return ledger, {currency: count * TOKENS * PRICE[currency] for currency, count in days.items()}, expected_notes


def test_every_report_works_on_a_month_of_any_kind(kind):
    """A report has its columns, adds up to what was spent in each currency and no other, and is written as a file."""
    ledger, spent, expected_notes = kind
    for name in reports():
        report = ledger.answer(name, month="2026-05")
        currencies = set(report.frame.values("currency")) if "currency" in report.frame.names else set()
        assert currencies <= {*spent, None}, name
        assert writer("csv")(report.frame).startswith(",".join(report.frame.names).encode()), name
    for name in ("spend-by-key", "spend-by-model", "spend-by-day", "spend-by-month", "key-leaderboard", "reconciliation", "unit-costs"):
        assert by_currency(ledger.report(name, month="2026-05")) == spent, name
    notes = ledger.answer("statement", month="2026-05").notes
    assert [note.removeprefix(f"{note.split()[0]} ") if " 2026-05: " in note else note for note in notes][
        : len(expected_notes)
    ] == expected_notes


@pytest.mark.slow
def test_a_month_of_any_kind_is_packed(kind):
    """The pack of a month is a workbook and a page, which name its currencies and no other."""
    ledger, spent, _ = kind
    pack = ledger.document("month-pack", month="2026-05")
    assert document_writer("xlsx")(pack).startswith(b"PK")
    page = document_writer("html")(pack).decode()
    assert {currency for currency in PRICE if f" {currency}" in page or f">{currency}<" in page} == set(spent)


@pytest.mark.slow
def test_every_report_works_on_a_month_of_20_000_keys(tmp_path):
    """The same of a large organisation, whose reports and pack are written too."""
    path = tmp_path / "usage_data_2026_5.zip"
    path.write_bytes(month(lambda _: ("CNY",), keys=20_000, days=MAY[:3]))
    ledger = Keyspend(tmp_path / "data", clock=lambda: NOW)
    ledger.import_paths([path])
    for name in reports():
        assert writer("csv")(ledger.report(name, month="2026-05")), name
    for name in ("spend-by-key", "month-pack"):
        for format_name in ("xlsx", "html"):
            assert document_writer(format_name)(ledger.document(name, month="2026-05")), name
    assert by_currency(ledger.report("spend-by-key", month="2026-05")) == {"CNY": 3 * 20_000 * TOKENS * PRICE["CNY"]}
    assert len(ledger.report("spend-by-key", month="2026-05").rows) == 20_000


def by_currency(frame):
    """What a report's rows cost."""
    found = defaultdict(Decimal)
    for row in frame.records():
        found[row["currency"]] += row["computed_cost"]
    return dict(found)
