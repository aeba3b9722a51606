"""Small worlds of a key or two, with figures that can be checked by hand."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from tests.support.generated import DAY, MASK, Call, Key, Tier, World, simple_cut
from tests.support.laws import ledger_of

FIRST = date(2026, 8, 1)
LOW, HIGH, OTHER = Tier("CNY", "0.1", "1", "4"), Tier("CNY", "0.2", "2", "8"), Tier("CNY", "0.5", "5", "10")


def price_world(prices, offset_hours=4):
    """One key that pays on each day, by its number, the prices of some tiers, each for a million tokens of every meter."""
    at = datetime.combine(FIRST, datetime.min.time()) + timedelta(hours=offset_hours)
    calls = (Call(0, "m", tier, at + number * DAY, (10**6, 10**6, 10**6, 1)) for number, tiers in prices.items() for tier in tiers)
    return World((Key(0, MASK, ((FIRST, "n"),)),), tuple(calls))


def paid(prices):
    """A ledger of such a world, exported whole with UTC days."""
    days = max(prices) + 1
    cut = replace(simple_cut(FIRST, days, exported_at=datetime.combine(FIRST, datetime.min.time()) + (days + 3) * DAY), offset="+00:00")
    return ledger_of([price_world(prices).zip(cut)])


def each(tier, start, end=None):
    """One tier on each day of a range."""
    return {number: [tier] for number in (range(start) if end is None else range(start, end))}


MEGA = 10**6


def bought(*calls, days=3):
    """A ledger of two keys, `a` and `b`, that bought (key, model, tier, day, millions of hits, misses and outputs)."""
    at = datetime.combine(FIRST, datetime.min.time()) + timedelta(hours=4)
    keys = (Key(0, "sk-aaaaa**********************aaaa", ((FIRST, "a"),)), Key(0, "sk-bbbbb**********************bbbb", ((FIRST, "b"),)))
    made = (Call(key, model, tier, at + day * DAY, (*(MEGA * n for n in millions), 1)) for key, model, tier, day, millions in calls)
    cut = replace(simple_cut(FIRST, days, exported_at=at + (days + 2) * DAY), offset="+00:00")
    return ledger_of([World(keys, tuple(made)).zip(cut)])


def settled(ledger, text):
    """The ledger with these settings."""
    ledger.directory.settings.write_text(text, encoding="utf-8")
    return ledger
