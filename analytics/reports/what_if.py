"""A period priced again under assumptions: what each key would have cost on the data as it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from analytics.analysis.repricing import Assumptions, Meter, Priced, PriceInterval, PriceList, repriced
from analytics.core.errors import UsageError, quoted
from analytics.core.frame import Column, Frame, records
from analytics.core.money import EXACT, SCALE, exact_sum
from analytics.reports import query, scope
from analytics.reports.scope import Scope
from analytics.reports.statements import SELECTED_KEYS, Statement

if TYPE_CHECKING:
    from analytics.ledger.database.connection import Database

RATIO_PLACES = 4
"""Ratios and factors have at most so many decimals, so that every product stays exact."""
_MONEY = f"DECIMAL(38,{SCALE + RATIO_PLACES})"
_PAID = Statement(
    "SELECT charge_date, model, meter, currency, unit_price, tier, first_date, last_date FROM tiered_price",
    ("tiered_price",),
)
_LINES = Statement(
    """SELECT line_id, charge_date, model, meter, currency, unit_price
    FROM compared_line WHERE NOT is_previous AND unit_price IS NOT NULL ORDER BY line_id""",
    ("compared_line",),
)
_KEYS = Statement(
    """WITH repriced AS (
    SELECT item.line_id, item.what_if_price
    FROM unnest(CAST($repriced_lines AS STRUCT(line_id INTEGER, what_if_price DECIMAL(38, 18))[])) AS given(item)
)
SELECT
    account,
    api_key,
    api_key_name,
    currency,
    sum(unit_price * quantity)::DECIMAL(38, 18) AS computed_cost,
    sum(coalesce(what_if_price, unit_price) * quantity)::DECIMAL(38, 18) AS what_if_cost,
    coalesce(sum(unit_price * quantity) FILTER (WHERE what_if_price IS NULL), 0)::DECIMAL(38, 18) AS not_repriced_cost
FROM fact
JOIN compared_line USING (line_id)
JOIN repriced USING (line_id)
JOIN selected_credential USING (credential_id)
WHERE NOT is_previous
GROUP BY account, api_key, api_key_name, currency""",
    ("compared_line", "selected_credential"),
)
_COLUMNS = (
    Column("account", "VARCHAR"),
    Column("api_key", "VARCHAR"),
    Column("api_key_name", "VARCHAR"),
    Column("currency", "VARCHAR"),
    Column("computed_cost", "DECIMAL(38,18)"),
    Column("what_if_cost", _MONEY),
    Column("difference_cost", _MONEY),
    Column("difference_ratio", "DOUBLE"),
    Column("not_repriced_cost", "DECIMAL(38,18)"),
)


@dataclass(frozen=True)
class WhatIf:
    """The costs per key, and the assumptions and limits that go with them wherever they are shown."""

    frame: Frame
    notes: list[str]


def what_if(database: Database, requested: Scope, assumed: Assumptions, traffic: Mapping[str | None, Decimal]) -> WhatIf:
    """What each key of the scope would have cost; `traffic` is a factor per key (mask or name), None for all others.

    Raises UsageError for an assumption that changes nothing or names what is nowhere in the data, and for prices that are not
    known: a model that nobody used in that currency, without a price file.
    """
    scope.check(database, requested)
    _check(database, assumed, traffic)
    paid, price_list = database.once("prices paid", lambda: _paid(database))
    lines = query.rows(database, _LINES, requested)
    prices = [_storable(repriced(paid[tuple(bought)], price_list, assumed)) for _, *bought in lines]
    values = {"repriced_lines": records(("line_id", "what_if_price"), zip((line_id for line_id, *_ in lines), prices, strict=True))}
    factors = _factors(database, requested, traffic)
    general = traffic.get(None, Decimal(1))
    answers = [_row(row, factors.get((row[0], row[1]), general)) for row in query.rows(database, _KEYS, requested, values)]
    answers.sort(key=lambda row: (row[3], -abs(row[6]), row[0], row[1]))
    frame = Frame("what-if", _COLUMNS, answers)
    return WhatIf(frame, [*_assumption_notes(assumed, traffic), *_limits(frame)])


def _paid(database: Database) -> tuple[dict[tuple[Any, ...], Priced], PriceList]:
    """Every price of each day, by day, model, meter, currency and price; and the list of all prices."""
    paid: dict[tuple[Any, ...], Priced] = {}
    intervals: set[PriceInterval] = set()
    for day, *meter, price, tier, first_date, last_date in query.rows(database, _PAID, scope.EVERYTHING):
        paid[day, *meter, price] = Priced(day, Meter(*meter), price, tier)
        intervals.add(PriceInterval(Meter(*meter), price, tier, first_date, last_date))
    return paid, PriceList(intervals)


def _check(database: Database, assumed: Assumptions, traffic: Mapping[str | None, Decimal]) -> None:
    ratios = (assumed.off_peak_ratio, assumed.cache_hit_ratio)
    if not (assumed.models or assumed.prices or traffic or any(ratio is not None for ratio in ratios)):
        hint = "name one: --off-peak, --cache-hit-ratio, --as-model, --prices or --traffic"
        raise UsageError("what-if-nothing", "nothing is assumed to be different", hint)
    for value in (*ratios, *traffic.values()):
        if value is not None and -_exponent(value) > RATIO_PLACES:
            raise UsageError("what-if-digits", f"{value} has more than {RATIO_PLACES} decimals", f"write it with at most {RATIO_PLACES}")
    for ratio in ratios:
        if ratio is not None and not 0 <= ratio <= 1:
            raise UsageError("what-if-ratio", f"a ratio lies between 0 and 1, and {ratio} does not", "half is written 0.5")
    if any(factor < 0 for factor in traffic.values()):
        raise UsageError("what-if-factor", "traffic cannot be less than none", "half of it is written 0.5")
    scope.check(database, Scope(models=tuple(assumed.models)))
    priced = {meter.model for meter in assumed.prices}
    scope.check(database, Scope(models=tuple(model for model in assumed.models.values() if model not in priced)))


def _exponent(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    if not isinstance(exponent, int):
        raise UsageError("what-if-number", f"{value} is no number", "write a plain decimal, for example 0.5")
    return exponent


def _storable(price: Decimal | None) -> Decimal | None:
    if price is not None and -_exponent(price) > SCALE:
        raise UsageError("what-if-digits", f"a price would have more than {SCALE} decimals", "write ratios and prices with fewer digits")
    return price


def _factors(database: Database, requested: Scope, traffic: Mapping[str | None, Decimal]) -> dict[tuple[str, str], Decimal]:
    """The factor of each key that is named; names are read as everywhere else, and contradictions refused."""
    factors: dict[tuple[str, str], Decimal] = {}
    for name, factor in traffic.items():
        if name is None:
            continue
        named = replace(requested, keys=(name,))
        scope.check(database, named)
        for account, api_key in query.rows(database, SELECTED_KEYS, named):
            if factors.setdefault((account, api_key), factor) != factor:
                raise UsageError("what-if-twice", f"{quoted(name)} is given two factors", "name the key once, by its mask")
    return factors


def _row(row: tuple[Any, ...], factor: Decimal) -> tuple[Any, ...]:
    *key, computed, priced, not_repriced = row
    cost = EXACT.multiply(priced, factor)
    difference = EXACT.subtract(cost, computed)
    return (*key, computed, cost, difference, float(difference / computed) if computed else None, not_repriced)


def _assumption_notes(assumed: Assumptions, traffic: Mapping[str | None, Decimal]) -> Iterator[str]:
    for model, other in assumed.models.items():
        yield f"assumed: {quoted(model)} at the prices of {quoted(other)} on the same day, tokens as they were"
    if assumed.prices:
        models = ", ".join(quoted(model) for model in sorted({meter.model for meter in assumed.prices}))
        yield f"assumed: the prices of the file for {models}"
    if assumed.off_peak_ratio is not None:
        yield f"assumed: {_percent(assumed.off_peak_ratio)} of what was bought at peak, at the off-peak price of the same day"
    if assumed.cache_hit_ratio is not None:
        yield f"assumed: {_percent(assumed.cache_hit_ratio)} of all input tokens are cache hits, at the prices of the same day and tier"
    for name, factor in traffic.items():
        general = "all other traffic" if len(traffic) > 1 else "traffic"
        yield f"assumed: {general if name is None else quoted(name)} × {factor}"


def _percent(ratio: Decimal) -> str:
    return f"{(ratio * 100).normalize():f} %"


def _limits(frame: Frame) -> Iterator[str]:
    for currency in sorted(set(frame.values("currency"))):
        left = exact_sum(row["not_repriced_cost"] for row in frame.records() if row["currency"] == currency)
        if left:
            yield f"left at the price paid, because another is not known: {left:f} {currency}; see not_repriced_cost"
