"""When a day counts as over, and which export is its source, with zips as they came, zips packed again, and loose files."""

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest

from analytics import Keyspend
from tests.support.generated import DAY, MASK, NOW, Call, Key, Style, Tier, World, csv_bytes, header, simple_cut, zip_bytes

FIRST = date(2026, 8, 28)
MIDNIGHT = datetime.combine(FIRST, datetime.min.time())


def world(*hours, first=FIRST):
    """One key that pays 4 CNY each time; `hours` are those after the first midnight in UTC."""
    midnight, tier = datetime.combine(first, datetime.min.time()), Tier("CNY", "1", "2", "4")
    calls = [Call(0, "m", tier, midnight + timedelta(hours=hour), (0, 0, 10**6, 1)) for hour in hours]
    return World((Key(0, MASK, ((first, "n"),)),), tuple(calls))


def cut(hours, days=1, *, first=FIRST, **changed):
    """A download of the first day, or of more, made so many hours after its midnight."""
    return simple_cut(first, days, offset="Z", exported_at=datetime.combine(first, datetime.min.time()) + timedelta(hours=hours), **changed)


@dataclass(frozen=True)
class Downloads:
    """What can be downloaded of a first day that costs 8 by two calls, at 1:00 and 12:00, and of two days with one call each."""

    first: date

    @property
    def world(self):
        """The truth."""
        return world(1, 12, 30, 54, first=self.first)

    def as_it_came(self, hours, days=1):
        """The zip as the vendor packed it."""
        return self.world.zip(cut(hours, days, first=self.first))

    def packed_again(self, hours, days=1, *, after=30 * DAY, **changed):
        """The same download, packed by a user so long after the first midnight."""
        at = datetime.combine(self.first, datetime.min.time()) + after
        return self.world.zip(cut(hours, days, first=self.first, style=Style(repacked=True), packed_at=at, **changed))

    def loose(self, amount_hours, cost_hours, days=1, *, after=30 * DAY):
        """The two files of a folder, perhaps of two downloads, and when they were last written."""
        amount, cost = (cut(hours, days, first=self.first) for hours in (amount_hours, cost_hours))
        cost_name, amount_name = cost.member_names
        files = {
            amount_name: csv_bytes(header("C", "amount"), self.world.amount_rows(amount)),
            cost_name: csv_bytes(header("C", "cost"), self.world.cost_rows(cost)),
        }
        return files, datetime.combine(self.first, datetime.min.time(), UTC) + after


OF_FIRST = Downloads(FIRST)


def placed(folder, source):
    """The source as something to import."""
    if isinstance(source, bytes):
        folder.with_suffix(".zip").write_bytes(source)
        return folder.with_suffix(".zip")
    files, written = source
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
        os.utime(folder / name, (written.timestamp(),) * 2)
    return folder


CASES = {
    "proven, and packed again": (lambda of: [of.as_it_came(48), of.packed_again(6)], (8, True, True)),
    "proven, and two downloads mixed": (lambda of: [of.as_it_came(25), of.loose(6, 60, days=3), of.loose(60, 6, days=3)], (8, True, True)),
    "proven by its rows, and packed again": (lambda of: [of.packed_again(40, days=2, after=2 * DAY), of.packed_again(6)], (8, True, True)),
    "both presumed": (lambda of: [of.loose(48, 48, after=3 * DAY), of.packed_again(6)], (8, True, True)),
    "presumed whole, and the vendor's part": (lambda of: [of.loose(48, 48), of.as_it_came(6)], (8, True, True)),
    "the vendor's part is fuller": (lambda of: [of.as_it_came(13), of.packed_again(6)], (8, False, True)),
    "parts, one of them presumed whole": (
        lambda of: [of.as_it_came(6), of.loose(13, 13, after=0 * DAY), of.packed_again(6)],
        (8, False, True),
    ),
    "with and without its bill": (lambda of: [of.packed_again(48), of.packed_again(48, with_cost=False)], (8, True, True)),
    "the fuller lacks its bill": (lambda of: [of.packed_again(6), of.packed_again(48, with_cost=False)], (8, True, False)),
    "three of a kind": (
        lambda of: [of.as_it_came(48), of.packed_again(48, with_cost=False), of.packed_again(6)],
        (8, True, True),
    ),
}
"""What is imported of a day, and what the day must then cost, whether it is complete, and whether it is reconciled."""


@pytest.mark.parametrize("turn", [0, 5, *(pytest.param(turn, marks=pytest.mark.slow) for turn in (1, 2, 3, 4))])
def test_the_fullest_export_of_a_day_counts(tmp_path, turn):
    """In every order of import, a day has the cost of its proven or else its fullest export, and a rebuild agrees."""
    zips, folders, expected_days = [], [], {}
    for number, (name, (sources, expected)) in enumerate(CASES.items()):
        day = FIRST - 4 * number * DAY
        turned = [*permutations(sources(Downloads(day)))]
        paths = [placed(tmp_path / f"{number}-{index}", source) for index, source in enumerate(turned[turn % len(turned)])]
        zips += [path for path in paths if path.is_file()]
        folders += [path for path in paths if path.is_dir()]
        expected_days[day] = name, *expected
    ledger = Keyspend(tmp_path / "data", clock=lambda: NOW)
    for paths in (zips, folders) if turn % 2 else (folders, zips):
        assert {receipt.status for receipt in ledger.import_paths(paths, without_cost=True)} == {"imported"}

    rows = {row["charge_date"]: row for row in ledger.report("spend-by-day").records()}
    for day, (name, cost, is_complete, is_reconciled) in expected_days.items():
        row = rows[day]
        assert (name, row["computed_cost"], row["is_complete"], row["is_reconciled"]) == (name, cost, is_complete, is_reconciled)
    assert [check for check in ledger.verify() if not check.holds] == []


def test_a_restated_day_is_not_taken_back_by_an_older_copy(tmp_path):
    """Of two exports of a day that was over, the newer counts by their rows, not by when a user packed one of them."""
    older, newer = world(1, 12, 30), world(1, 30)
    copy = older.zip(cut(40, 2, style=Style(repacked=True), packed_at=MIDNIGHT + 30 * DAY))
    paths = [placed(tmp_path / name, source) for name, source in {"older": copy, "newer": newer.zip(cut(60, 2))}.items()]
    for order in (paths, paths[::-1]):
        ledger = Keyspend(tmp_path / f"data-{order[0].stem}", clock=lambda: NOW)
        ledger.import_paths(order)
        assert ledger.report("spend-by-day", start="2026-08-28", end="2026-08-29").values("computed_cost") == [4]


def test_presumed_days_are_in_the_receipt(tmp_path):
    """A receipt names the days that are presumed to be over by the time of files, and that the original would prove."""
    ledger = Keyspend(tmp_path / "data", clock=lambda: NOW)
    (copy,) = ledger.import_paths([placed(tmp_path / "copy", OF_FIRST.packed_again(40, days=2))])
    assert [finding.code for finding in copy.findings] == ["day-presumed"]
    assert copy.findings[0].text.startswith("2026-08-29: ")

    (original,) = ledger.import_paths([placed(tmp_path / "original", OF_FIRST.as_it_came(60, days=2))])
    assert original.findings == []
    assert original.replaced == {1: [FIRST, FIRST + DAY]}


def test_a_wrong_presumption_is_in_the_receipt(tmp_path):
    """Where the whole day shows that a copy was partial, the receipt notes that it was only taken to be complete."""
    ledger = Keyspend(tmp_path / "data", clock=lambda: NOW)
    paths = [
        placed(tmp_path / name, source) for name, source in {"part": OF_FIRST.packed_again(6), "whole": OF_FIRST.as_it_came(48)}.items()
    ]
    _, whole = [ledger.import_paths([path])[0] for path in paths]
    (finding,) = whole.findings
    assert finding.text.startswith("2026-08-28 was taken to be complete in import 1 at 4.000000000000000000 CNY and is now 8.0")


def test_days_without_rows_are_not_presumed_to_be_idle(tmp_path):
    """A copy proves nothing about the days after its last row: only the original shows whether they were over."""
    days = {"copy": OF_FIRST.packed_again(40, days=5), "original": OF_FIRST.as_it_came(24 * 6, days=5)}
    statuses = {}
    for name, source in days.items():
        ledger = Keyspend(tmp_path / f"data-{name}", clock=lambda: NOW)
        ledger.import_paths([placed(tmp_path / name, source)])
        statuses[name] = ledger.report("coverage").values("status")
    assert statuses == {"copy": ["present"] * 2 + ["absent"] * 2, "original": ["present"] * 4}


@pytest.mark.parametrize("repacked", [False, True])
def test_no_day_is_over_before_the_time_of_the_clock(tmp_path, repacked):
    """Rows of a day that has not come prove nothing, whatever tool packed them; when the clock is right, the same zip proves all."""
    clock = [MIDNIGHT + timedelta(hours=36)]
    ledger = Keyspend(tmp_path / "data", clock=lambda: clock[0])
    rows = world(1, 30, 50)
    path = placed(tmp_path / "export", rows.zip(cut(96, 3, style=Style(repacked=repacked))))
    (early,) = ledger.import_paths([path])
    assert early.partial_dates == [FIRST + DAY, FIRST + 2 * DAY]
    assert early.exported_at == clock[0]
    assert "clock" in [finding.code for finding in early.findings]

    clock[0] = NOW
    ledger.undo(1)
    (late,) = ledger.import_paths([path])
    assert late.partial_dates == []
    assert "clock" not in [finding.code for finding in late.findings]
    assert [check for check in ledger.verify() if not check.holds] == []


@pytest.mark.parametrize(
    ("folder", "with_cost", "is_vendors"),
    [("", True, True), ("", False, False), ("usage/", True, False)],
    ids=["as it came", "one file taken out", "in a folder"],
)
def test_only_a_zip_as_it_came_has_the_vendors_clock(tmp_path, folder, with_cost, is_vendors):
    """A zip with another content than the vendor's was written by a user, in an unknown zone, even if in the vendor's manner."""
    names = [f"{folder}{name}" for name in cut(25).member_names]
    files = {names[0]: csv_bytes(header("C", "cost"), OF_FIRST.world.cost_rows(cut(25)))} if with_cost else {}
    files[names[1]] = csv_bytes(header("C", "amount"), OF_FIRST.world.amount_rows(cut(25)))
    content = zip_bytes(files, MIDNIGHT + timedelta(hours=25))
    (receipt,) = Keyspend(tmp_path / "data", clock=lambda: NOW).import_paths([placed(tmp_path / "export", content)], without_cost=True)
    assert receipt.exported_at_basis == ("member time" if is_vendors else "member time, unknown zone")
    assert receipt.partial_dates == ([] if is_vendors else [FIRST])
