"""The bridge from the bill of one period to that of another, per account and currency and per key; it computes no effect itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal
from itertools import groupby
from typing import Any

from analytics.analysis import bridge
from analytics.analysis.bridge import Cell, Change, Key
from analytics.frame import Column, Frame
from analytics.money import EXACT, SCALE

REQUESTS = "request_count"
INPUT_METERS = ("input_cache_hit_tokens", "input_cache_miss_tokens")
DIFFERENCE = "reconciliation_difference"
GRANTED = "granted_credit"
_COLUMNS = (
    Column("account", "VARCHAR"),
    Column("currency", "VARCHAR"),
    Column("section", "VARCHAR"),
    Column("api_key", "VARCHAR"),
    Column("api_key_name", "VARCHAR"),
    Column("driver", "VARCHAR"),
    Column("effect_cost", "DECIMAL(38,18)"),
    Column("effect_ratio", "DOUBLE"),
    Column("previous_measure", "DOUBLE"),
    Column("measure", "DOUBLE"),
    Column("previous_cost", "DECIMAL(38,18)"),
    Column("cost", "DECIMAL(38,18)"),
    Column("basis", "VARCHAR"),
)
_PAID, _COMPUTED = "paid", "computed"

Row = dict[str, Any]
Line = tuple[Any, ...]


def finish(frame: Frame) -> Frame:
    """From the cells of each key in both periods, and the bill, to one row per driver: first of an account, then of each of its keys.

    The effects of a key add up to what its cost changed by, those of an account to what its bill changed by: of what was paid
    (`basis` paid: computed, and its difference to the bill, less what was granted), or of what was computed where a bill is not
    known for both periods. Keys are ordered by how much they changed; of keys only effects other than nothing are told.
    `previous_measure` and `measure` are what the driver is about, then and now: requests, tokens per request, the cache hit ratio,
    the ratio of tokens bought at peak; the others have none.
    """
    groups = groupby(frame.records(), key=lambda row: (row["account"], row["currency"]))
    return Frame(frame.name, _COLUMNS, [line for about, rows in groups for line in _account(*about, list(rows))])


def _account(account: str, currency: str, rows: list[Row]) -> Iterator[Line]:
    bills = {row["meter"]: row for row in rows if row["api_key"] is None}
    by_key = groupby((row for row in rows if row["api_key"] is not None), key=lambda row: (row["api_key"], row["api_key_name"]))
    keys = {names: _key(list(of_key)) for names, of_key in by_key}
    known = bridge.prices_before(keys.values())
    effects = {names: bridge.effects(key, known) for names, key in keys.items()}
    yield from _total(account, currency, keys, effects, bills)
    for names in sorted(keys, key=lambda names: (-abs(sum(effects[names].values())), names)):
        told = {driver: effect for driver, effect in effects[names].items() if effect}
        yield from _lines((account, currency, "key", *names), told, measures([keys[names]]), *_costs(keys[names]), _COMPUTED)


def _key(rows: list[Row]) -> Key:
    changes = tuple(_change(row) for row in rows if row["meter"] != REQUESTS)
    requests = [(row["previous_quantity"], row["quantity"]) for row in rows if row["meter"] == REQUESTS]
    return Key(changes, sum(before for before, _ in requests), sum(after for _, after in requests))


def _change(row: Row) -> Change:
    cell = row["model"], row["meter"], row["is_peak"]
    return Change(cell, row["previous_quantity"], _units(row["previous_cost"]), row["quantity"], _units(row["cost"]))


def _units(cost: Decimal) -> int:
    return int(EXACT.scaleb(cost, SCALE))


def _costs(key: Key) -> tuple[int, int]:
    return sum(change.before_cost for change in key.changes), sum(change.after_cost for change in key.changes)


def _total(account: str, currency: str, keys: dict[Any, Key], effects: dict[Any, dict[str, int]], bills: dict[str, Row]) -> Iterator[Line]:
    """The effects of all keys together, and those that only a bill tells."""
    drivers = {driver: sum(of_key[driver] for of_key in effects.values()) for driver in bridge.DRIVERS}
    costs = [_costs(key) for key in keys.values()]
    computed = sum(before for before, _ in costs), sum(after for _, after in costs)
    about = (account, currency, "account", None, None)
    found = measures(keys.values())
    if not bills or not all(any(bill[name] for bill in bills.values()) for name in ("previous_quantity", "quantity")):
        yield from _lines(about, drivers, found, *computed, _COMPUTED)
        return
    granted, paid = _billed(bills, "granted"), _billed(bills, "paid")
    differences = [paid[at] + granted[at] - computed[at] for at in (0, 1)]
    drivers |= {DIFFERENCE: differences[1] - differences[0], GRANTED: granted[0] - granted[1]}
    yield from _lines(about, drivers, found, *paid, _PAID)


def _billed(bills: dict[str, Row], wallet: str) -> tuple[int, int]:
    bill = bills.get(wallet)
    return (_units(bill["previous_cost"]), _units(bill["cost"])) if bill else (0, 0)


def measures(keys: Collection[Key]) -> dict[str, tuple[float | None, float | None]]:
    """What the drivers are about, before and after, of some keys together."""
    then = _measured([(change.cell, change.before) for key in keys for change in key.changes], sum(key.requests_before for key in keys))
    now = _measured([(change.cell, change.after) for key in keys for change in key.changes], sum(key.requests_after for key in keys))
    return {driver: (then[driver], now[driver]) for driver in then}


def _measured(used: list[tuple[Cell, int]], requests: int) -> dict[str, float | None]:
    tokens = sum(quantity for _, quantity in used)
    hits, misses = (sum(quantity for (_, of, _), quantity in used if of == meter) for meter in INPUT_METERS)
    at_peak = sum(quantity for (_, _, is_peak), quantity in used if is_peak)
    return {
        "requests": float(requests),
        "tokens_per_request": tokens / requests if requests else None,
        "cache_mix": hits / (hits + misses) if hits + misses else None,
        "peak_mix": at_peak / tokens if tokens else None,
    }


def _lines(
    about: tuple[str | None, ...],
    effects: dict[str, int],
    measures: dict[str, tuple[float | None, float | None]],
    before: int,
    after: int,
    basis: str,
) -> Iterator[Line]:
    for driver, effect in effects.items():
        ratio = effect / before if before else None
        yield (*about, driver, _money(effect), ratio, *measures.get(driver, (None, None)), _money(before), _money(after), basis)


def _money(units: int) -> Decimal:
    return EXACT.scaleb(Decimal(units), -SCALE)
