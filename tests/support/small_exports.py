"""Exports with figures small enough to check by hand."""

from datetime import date, datetime

from tests.support.generated import Call, Cut, Key, Tier, World

JUNE = date(2026, 6, 1)
OFF_PEAK, PEAK = Tier("CNY", "1", "10", "1"), Tier("CNY", "2", "20", "2")


def masked(number):
    """The mask of key `number`."""
    return f"sk-{number:05x}{'*' * 23}{number:04x}"


def spend(*costs, account=0, name=str):
    """A zip of an account in which key `number` cost `amount` CNY on `day`, for each (number, day, amount); it covers these days."""
    numbers = sorted({number for number, _, _ in costs})
    keys = tuple(Key(account, masked(number), ((JUNE, name(number)),)) for number in numbers)
    calls = tuple(
        Call(numbers.index(number), "m", OFF_PEAK, datetime.combine(day, datetime.min.time()), (0, 0, amount * 10**6, 1))
        for number, day, amount in costs
    )
    first, last = min(day for _, day, _ in costs), max(day for _, day, _ in costs)
    return World(keys, calls).zip(Cut(account, first, (last - first).days + 1, "C", "Z", datetime(2026, 10, 20)))


def imported(ledger, tmp_path, *zips):
    """The ledger with these zips in it."""
    paths = [tmp_path / f"{number}.zip" for number in range(len(zips))]
    for path, content in zip(paths, zips, strict=True):
        path.write_bytes(content)
    assert all(outcome.status == "imported" for outcome in ledger.import_paths(paths))
    return ledger
