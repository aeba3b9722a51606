"""The variance report: the bridge from the bill of one period to that of another, per account and currency and per key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from analytics.analysis.variance import decomposition
from analytics.analysis.variance.decomposition import CellChange, KeyUsage
from analytics.analysis.variance.usage_measures import Measures, Used, measures, together, used
from analytics.core.frame import Column, Frame
from analytics.core.money import from_units, to_units

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

Row = tuple[Any, ...]
"""Account, currency, masked key, its name, model, meter, whether at peak; quantity and cost before, then now. Bill rows have no key."""
Bill = tuple[int, Decimal, int, Decimal]
"""The number of rows of a wallet and the amount billed to it before, then the same now."""
Costs = tuple[int, int]
"""The costs before and now, in units of the last decimal (10⁻¹⁸)."""


class Bridged(NamedTuple):
    """One key with its names, costs and usage before and now, and the effects of the drivers between the two."""

    names: tuple[str, str]
    costs: Costs
    used: tuple[Used, Used]
    effects: dict[str, int]


def finish(frame: Frame) -> Frame:
    """One row per driver, first of the account and then of each of its keys, from the cells of both periods and the bill.

    The effects of a key add up exactly to the change of its cost. Those of an account add up to the change of the amount paid
    (`basis` paid: computed cost, plus its variance to the bill, less granted credit), or of the computed cost where the bill is not
    known for both periods. An effect of an account is the sum over its keys: it can be a saving although requests rose, where an
    expensive key had fewer. Keys are sorted by the size of their change and have rows for effects other than 0 alone.
    `previous_measure` and `measure` are the figure of the driver before and now: requests, tokens per request, the cache hit ratio,
    the ratio of tokens bought at peak; other drivers have none.
    """
    accounts = groupby(frame.rows, key=itemgetter(0, 1))
    return Frame(frame.name, _COLUMNS, [line for (account, currency), rows in accounts for line in _account(account, currency, rows)])


def _account(account: str, currency: str, rows: Iterable[Row]) -> Iterator[Row]:
    lines = {names: list(of_key) for names, of_key in groupby(rows, key=itemgetter(2, 3))}
    bills = {row[5]: row[7:] for row in lines.pop((None, None), [])}
    keys = _bridged({names: _key(of_key) for names, of_key in lines.items()})
    yield from _total((account, currency, "account", None, None), keys, bills)
    for key in sorted(keys, key=lambda key: (-abs(key.costs[1] - key.costs[0]), key.names)):
        drivers = {driver: effect for driver, effect in key.effects.items() if effect}
        yield from _lines((account, currency, "key", *key.names), drivers, measures(*key.used), key.costs, _COMPUTED)


def _key(rows: list[Row]) -> KeyUsage:
    return decomposition.key_usage(
        CellChange((model, meter, is_peak), previous_quantity, to_units(previous_cost), quantity, to_units(cost))
        for _, _, _, _, model, meter, is_peak, previous_quantity, previous_cost, quantity, cost in rows
    )


def _bridged(keys: dict[tuple[str, str], KeyUsage]) -> list[Bridged]:
    known = decomposition.prices_before(keys.values())
    return [Bridged(names, _costs(key), used(key), decomposition.effects(key, known)) for names, key in keys.items()]


def _costs(key: KeyUsage) -> Costs:
    return sum(before for _, _, before, _, _ in key.changes), sum(after for *_, after in key.changes)


def _total(labels: Row, keys: list[Bridged], bills: Mapping[str, Bill]) -> Iterator[Row]:
    """The rows of an account: the summed effects of its keys, and the effects that come from the bill."""
    drivers = {driver: sum(key.effects[driver] for key in keys) for driver in decomposition.DRIVERS}
    computed = sum(key.costs[0] for key in keys), sum(key.costs[1] for key in keys)
    figures = measures(*(together(key.used[at] for key in keys) for at in (0, 1)))
    if not all(any(bill[rows] for bill in bills.values()) for rows in (0, 2)):
        yield from _lines(labels, drivers, figures, computed, _COMPUTED)
        return
    granted, paid = _billed(bills, "granted"), _billed(bills, "paid")
    differences = [paid[at] + granted[at] - computed[at] for at in (0, 1)]
    drivers |= {DIFFERENCE: differences[1] - differences[0], GRANTED: granted[0] - granted[1]}
    yield from _lines(labels, drivers, figures, paid, _PAID)


def _billed(bills: Mapping[str, Bill], wallet: str) -> Costs:
    _, before, _, after = bills.get(wallet, (0, Decimal(0), 0, Decimal(0)))
    return to_units(before), to_units(after)


def _lines(labels: Row, effects: Mapping[str, int], figures: Measures, costs: Costs, basis: str) -> Iterator[Row]:
    before, after = map(from_units, costs)
    for driver, effect in effects.items():
        ratio = effect / costs[0] if costs[0] else None
        yield (*labels, driver, from_units(effect), ratio, *figures.get(driver, (None, None)), before, after, basis)
