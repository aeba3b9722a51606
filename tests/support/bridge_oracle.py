"""An independent second implementation of the variance decomposition, from the rows of an oracle: fractions, from state to state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, Any

from tests.support.oracle import HIT, MISS, REQUESTS

if TYPE_CHECKING:
    import pandas as pd

Record = dict[str, Any]
UNIT = 10**18
DRIVERS = ("requests", "tokens_per_request", "model_mix", "cache_mix", "peak_mix", "price", "new_key", "retired_key")
KEY = ["account", "currency", "api_key", "api_key_name"]
CELL = ["model", "meter", "is_peak"]


def bridge(now: pd.DataFrame, before: pd.DataFrame, bills: dict[tuple, list[Fraction | None]]) -> list[Record]:
    """The rows of the report `variance`, from usage with `is_peak` in both periods and the bills of each account and currency.

    `bills` holds paid and granted cost before, and paid and granted cost now; None where no bill is known.
    """
    used: dict[tuple, dict[tuple, dict[tuple, list[Fraction]]]] = defaultdict(lambda: defaultdict(dict))
    for at, rows in ((0, before), (1, now)):
        for (account, currency, *key, model, meter, peak), part in rows.groupby([*KEY, *CELL]):
            cell = used[account, currency][tuple(key)].setdefault((model, meter, peak), [Fraction(0)] * 4)
            cell[2 * at : 2 * at + 2] = Fraction(sum(part["quantity"])), Fraction(sum(part["cost"], Decimal(0)))
    return [row for about in sorted({*used, *bills}) for row in _account(about, used[about], bills.get(about, [None]))]


def _account(about: tuple, keys: dict[tuple, dict[tuple, list[Fraction]]], bill: list[Fraction | None]) -> list[Record]:
    known: dict[tuple, list[Fraction]] = defaultdict(lambda: [Fraction(0), Fraction(0)])
    for cells in keys.values():
        for cell, (quantity, cost, _, _) in cells.items():
            known[cell] = [known[cell][0] + quantity, known[cell][1] + cost]
    found = {key: _effects(cells, known) for key, cells in keys.items()}
    costs = {key: [sum(part[at] for part in cells.values()) for at in (1, 3)] for key, cells in keys.items()}
    total = {driver: sum(effects[driver] for effects in found.values()) for driver in DRIVERS}
    ends, basis = [sum(cost[at] for cost in costs.values()) for at in (0, 1)], "computed"
    if None not in bill:
        paid, granted = [bill[0], bill[2]], [bill[1], bill[3]]
        differences = [paid[at] + granted[at] - ends[at] for at in (0, 1)]
        total |= {"reconciliation_difference": differences[1] - differences[0], "granted_credit": granted[0] - granted[1]}
        ends, basis = paid, "paid"
    everything = [(cell, part) for cells in keys.values() for cell, part in cells.items()]
    rows = [_row(about, "account", (None, None), driver, total[driver], everything, ends, basis) for driver in total]
    for key in sorted(keys, key=lambda key: (-abs(costs[key][1] - costs[key][0]), key)):
        drivers = [driver for driver in DRIVERS if found[key][driver]]
        rows += [_row(about, "key", key, driver, found[key][driver], list(keys[key].items()), costs[key], "computed") for driver in drivers]
    return rows


def _effects(cells: dict[tuple, list[Fraction]], known: dict[tuple, list[Fraction]]) -> dict[str, Fraction]:
    """The effect of each driver, from state to state: each is the cost of the later usage with one measure less of the period before."""
    priced = {cell: part for cell, part in cells.items() if cell[1] != REQUESTS}
    q0, c0, q1, c1 = (sum((part[at] for part in priced.values()), Fraction(0)) for at in range(4))
    r0, r1 = (sum((part[at] for cell, part in cells.items() if cell[1] == REQUESTS), Fraction(0)) for at in (0, 2))
    if not q0 or not q1:
        return dict.fromkeys(DRIVERS, Fraction(0)) | {"new_key": c1, "retired_key": -c0}
    states = [c0, _unit(c0 * r1 / r0) if r0 and r1 else c0, _unit(c0 * q1 / q0)]
    for depth in (1, 2, 3):
        groups = defaultdict(list)
        for cell, part in priced.items():
            groups[cell[:depth]].append((cell, part))
        states.append(sum((_as_before(group, known) for group in groups.values()), Fraction(0)))
    states.append(c1)
    steps = zip(DRIVERS, states, states[1:], strict=False)
    return dict.fromkeys(DRIVERS, Fraction(0)) | {driver: after - before for driver, before, after in steps}


def _as_before(group: list[tuple[tuple, list[Fraction]]], known: dict[tuple, list[Fraction]]) -> Fraction:
    """The cost of a group at its average price before; a group that is all new has each cell at the account's price, or at its own."""
    q0, c0, q1 = (sum(part[at] for _, part in group) for at in (0, 1, 2))
    if q0:
        return _unit(c0 * q1 / q0)
    new = [(part[2], part[3], *known[cell]) for cell, part in group]
    return sum((_unit(quantity * paid / bought) if bought else cost for quantity, cost, bought, paid in new), Fraction(0))


def _unit(amount: Fraction) -> Fraction:
    return Fraction(floor(amount * UNIT + Fraction(1, 2)), UNIT)


def _row(
    about: tuple, section: str, key: tuple, driver: str, effect: Fraction, cells: Iterable[tuple], ends: list[Fraction], basis: str
) -> Record:
    then, now = ([(cell, part[at]) for cell, part in cells] for at in (0, 2))
    return {
        **dict(zip(KEY, (*about, *key), strict=True)),
        "section": section,
        "driver": driver,
        "effect_cost": effect,
        "effect_ratio": float(effect / ends[0]) if ends[0] else None,
        "previous_measure": _measure(driver, then),
        "measure": _measure(driver, now),
        "previous_cost": ends[0],
        "cost": ends[1],
        "basis": basis,
    }


def _measure(driver: str, used: list[tuple]) -> float | None:
    def of(*meters: str) -> Fraction:
        return sum((quantity for (_, meter, _), quantity in used if meter in meters), Fraction(0))

    tokens = sum((quantity for _, quantity in used), Fraction(0)) - of(REQUESTS)
    at_peak = sum((quantity for (_, _, is_peak), quantity in used if is_peak), Fraction(0))
    parts = {
        "requests": (of(REQUESTS), Fraction(1)),
        "tokens_per_request": (tokens, of(REQUESTS)),
        "cache_mix": (of(HIT), of(HIT, MISS)),
        "peak_mix": (at_peak, tokens),
    }
    part, whole = parts.get(driver, (Fraction(0), Fraction(0)))
    return float(part / whole) if whole else None
