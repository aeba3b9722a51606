"""Two periods, or two keys of one period, side by side per key and currency, with the effects between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from analytics.analysis.variance import decomposition
from analytics.analysis.variance.decomposition import Cell, CellChange, KeyUsage
from analytics.core.errors import UsageError, quoted
from analytics.core.frame import Column, Frame
from analytics.core.money import EXACT, SCALE, from_units, quotient, to_units
from analytics.core.usage import REQUESTS, TOKEN_METERS
from analytics.reports import catalog, query, scope
from analytics.reports.statements import Statement

if TYPE_CHECKING:
    from analytics.core.period import Period
    from analytics.ledger.database.connection import Database
    from analytics.reports.scope import Scope

_USED = Statement(
    """SELECT
    account, api_key, api_key_name, currency, model, meter, coalesce(is_peak, FALSE) AS is_peak,
    sum(quantity)::BIGINT AS quantity, sum(computed_cost)::DECIMAL(38, 18) AS computed_cost
FROM scoped_usage
LEFT JOIN tiered_price USING (charge_date, model, meter, currency, unit_price)
GROUP BY ALL
ORDER BY ALL""",
    ("scoped_usage", "tiered_price"),
)
_COLUMNS = (
    Column("account", "VARCHAR"),
    Column("previous_api_key", "VARCHAR"),
    Column("previous_api_key_name", "VARCHAR"),
    Column("api_key", "VARCHAR"),
    Column("api_key_name", "VARCHAR"),
    Column("currency", "VARCHAR"),
    Column("section", "VARCHAR"),
    Column("item", "VARCHAR"),
    Column("previous_value", "DECIMAL(38,18)"),
    Column("value", "DECIMAL(38,18)"),
    Column("difference", "DECIMAL(38,18)"),
)

Who = tuple[str, str, str]
"""An account, a mask and its name."""
Used = dict[Cell, tuple[int, Decimal]]
"""The quantity and cost of each model, meter and tier."""
Side = Mapping[tuple[Who, str], Used]
"""What each key used in each currency."""


def compared(database: Database, requested: Scope, pair: Sequence[str], against: str | None) -> Frame:
    """Two keys, or the period `against` (`YYYY-MM` or `DATE..DATE`) and that of the scope. Raises UsageError for neither or both."""
    before = catalog.against("variance", against, requested.period)
    if len(pair) == 2 and against is None:
        return keys(database, requested, *pair)
    if pair or before is None:
        raise UsageError("compare-what", "two keys or two periods are compared", "name KEY OTHER, or --against PERIOD")
    return periods(database, requested, before)


def periods(database: Database, requested: Scope, before: Period) -> Frame:
    """Each key of a scope in the period `before` and in its own: its cost, quantities and unit costs, and the effects between them.

    `previous_api_key` is given where it is another. The effects (`section` driver) of a key add up to the difference of its cost, to
    the last digit. Raises UsageError as `query.run` does.
    """
    scope.check(database, requested)
    old, new = _used(database, replace(requested, period=before)), _used(database, requested)
    return _frame(
        [(who, who, currency, old.get((who, currency), {}), new.get((who, currency), {})) for who, currency in sorted({*old, *new})]
    )


def keys(database: Database, requested: Scope, first: str, second: str) -> Frame:
    """The key `second` compared with `first` in one period, as `periods` compares a key with itself.

    Raises UsageError for a key that is not there, and for a name that several keys have.
    """
    old, new = _one(database, requested, first), _one(database, requested, second)
    currencies = sorted({currency for _, currency in (*old, *new)})
    old_who, new_who = (next(iter(side))[0] for side in (old, new))
    return _frame([(old_who, new_who, one, old.get((old_who, one), {}), new.get((new_who, one), {})) for one in currencies])


def _one(database: Database, requested: Scope, name: str) -> dict[tuple[Who, str], Used]:
    """What the key of that name used. Raises UsageError where it means no key, several, or one that used nothing."""
    named = replace(requested, keys=(name,))
    scope.check(database, named)
    found = _used(database, named)
    if len({who for who, _ in found}) > 1:
        raise UsageError("compare-several", f"{quoted(name)} is the name of several keys", "name the key by its mask, or add --account")
    if not found:
        raise UsageError("compare-unused", f"{quoted(name)} used nothing in this period", "name another period or key")
    return found


def _used(database: Database, requested: Scope) -> dict[tuple[Who, str], Used]:
    found: dict[tuple[Who, str], Used] = {}
    for account, api_key, name, currency, model, meter, is_peak, quantity, cost in query.rows(database, _USED, requested):
        found.setdefault(((account, api_key, name), currency), {})[model, meter, is_peak] = quantity, cost
    return found


def _frame(pairs: Sequence[tuple[Who, Who, str, Used, Used]]) -> Frame:
    compared = [(old, new, currency, before, after, _key(before, after)) for old, new, currency, before, after in pairs]
    rows = []
    for old, new, currency, before, after, key in compared:
        known = decomposition.prices_before(other for who, _, unit, *_, other in compared if (who[0], unit) == (old[0], currency))
        before_key = (None, None) if old == new else old[1:]
        about = (new[0], *before_key, *new[1:], currency)
        rows += [(*about, *line) for line in _lines(before, after, decomposition.effects(key, known))]
    return Frame("compare", _COLUMNS, rows)


def _key(before: Used, after: Used) -> KeyUsage:
    nothing = (0, Decimal(0))
    pairs = ((cell, before.get(cell, nothing), after.get(cell, nothing)) for cell in sorted({*before, *after}))
    return decomposition.key_usage(
        CellChange(cell, old, to_units(old_cost), new, to_units(new_cost)) for cell, (old, old_cost), (new, new_cost) in pairs
    )


def _quantity(used: Used, *meters: str) -> int:
    return sum(quantity for (_, meter, _), (quantity, _) in used.items() if meter in meters)


def _lines(before: Used, after: Used, effects: Mapping[str, int]) -> Iterator[tuple[Any, ...]]:
    """The cost, each quantity and unit cost before and after, and each effect that is one."""
    old, new = _figures(before), _figures(after)
    for (section, item), value in new.items():
        previous = old[section, item]
        difference = None if previous is None or value is None else EXACT.subtract(value, previous)
        yield section, item, previous, value, difference
    for driver, effect in effects.items():
        if effect:
            yield "driver", driver, None, None, from_units(effect)


def _figures(used: Used) -> dict[tuple[str, str], Decimal | None]:
    cost = from_units(sum(to_units(cost) for _, cost in used.values()))
    requests, tokens = _quantity(used, REQUESTS), _quantity(used, *TOKEN_METERS)
    return {
        ("cost", "computed_cost"): cost,
        **{("quantity", meter): Decimal(_quantity(used, meter)) for meter in (*TOKEN_METERS, REQUESTS)},
        ("unit_cost", "cost_per_request"): quotient(cost, requests, SCALE) if requests else None,
        ("unit_cost", "cost_per_million_tokens"): quotient(EXACT.scaleb(cost, 6), tokens, SCALE) if tokens else None,
    }
