"""Repricing: the unit price under other assumptions, such as another model, other prices, less peak use or more cache hits."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from analytics.core.money import EXACT
from analytics.core.usage import CACHE_HITS, CACHE_MISSES

ONE = Decimal(1)
PEAK = "peak"


class Meter(NamedTuple):
    """The subject of a price: a meter of a model, in a currency."""

    model: str
    meter: str
    currency: str


class Priced(NamedTuple):
    """The price of one unit on one day, its tier (`peak`, `off-peak` or `standard`), and for a peak price the off-peak price."""

    charge_date: date
    meter: Meter
    unit_price: Decimal
    tier: str
    off_peak_price: Decimal | None


@dataclass(frozen=True)
class Assumptions:
    """The assumptions of a what-if; None and empty mappings keep actual values.

    `models` maps a model to the one whose prices replace its own. `prices` are the prices of a meter in place of those paid,
    ascending from off-peak to peak. `off_peak_ratio` is the share (0 to 1) of the units bought at peak that move to off-peak,
    `cache_hit_ratio` the share of input tokens that are hits, the same on every model.
    """

    models: Mapping[str, str] = field(default_factory=dict)
    prices: Mapping[Meter, tuple[Decimal, ...]] = field(default_factory=dict)
    off_peak_ratio: Decimal | None = None
    cache_hit_ratio: Decimal | None = None


class PriceList:
    """The prices paid, by meter, day and tier; within a tier of a day in the order in which they took effect."""

    def __init__(self, paid: Iterable[Priced]) -> None:
        days: defaultdict[Meter, defaultdict[date, list[Priced]]] = defaultdict(lambda: defaultdict(list))
        for price in paid:
            days[price.meter][price.charge_date].append(price)
        self._days = {meter: dict(sorted(of_meter.items())) for meter, of_meter in days.items()}

    def on(self, meter: Meter, day: date) -> list[Priced]:
        """The prices of a day; where it has none, those of the latest day before it, else of the first day after it; may be empty."""
        of_meter = self._days.get(meter, {})
        if day in of_meter or not of_meter:
            return of_meter.get(day, [])
        days = list(of_meter)
        return of_meter[days[max(bisect_right(days, day) - 1, 0)]]

    def corresponding(self, line: Priced, target: Meter) -> Decimal | None:
        """The price of `target` in the tier of `line` on its day, else its only or its usual one; None where it is ambiguous."""
        theirs = self.on(target, line.charge_date)
        if (price := _pairs(self.on(line.meter, line.charge_date), theirs).get(line.unit_price)) is not None:
            return price
        return theirs[0].unit_price if len(theirs) == 1 else self._usual(line.meter, target).get(line.unit_price)

    def off_peak(self, meter: Meter, day: date, price: Decimal) -> Decimal | None:
        """The off-peak price in force on `day` with a peak `price`, else the one that always applied on other days; None where unknown."""
        on_day = {other.unit_price: other.off_peak_price for other in self.on(meter, day) if other.off_peak_price is not None}
        return on_day.get(price, self._usual_off_peak(meter).get(price))

    @cache  # noqa: B019 - a list lives as long as the one report that it is made for
    def _usual(self, meter: Meter, other: Meter) -> Mapping[Decimal, Decimal]:
        """The price of `other` for each price of `meter`, where it is the same on every day on which both have the same tiers."""
        theirs = self._days.get(other, {})
        pairs = (_pairs(mine, theirs.get(day, [])) for day, mine in self._days.get(meter, {}).items())
        return _unambiguous(item for of_day in pairs for item in of_day.items())

    @cache  # noqa: B019 - as above
    def _usual_off_peak(self, meter: Meter) -> Mapping[Decimal, Decimal]:
        days = self._days.get(meter, {}).values()
        return _unambiguous((price.unit_price, price.off_peak_price) for day in days for price in day if price.off_peak_price is not None)


def _pairs(mine: Sequence[Priced], theirs: Sequence[Priced]) -> dict[Decimal, Decimal]:
    """The prices of one meter mapped to those of another, tier by tier; empty where the tiers of the day differ."""
    if [price.tier for price in mine] != [price.tier for price in theirs]:
        return {}
    return {price.unit_price: other.unit_price for price, other in zip(mine, theirs, strict=True)}


def _unambiguous(pairs: Iterable[tuple[Decimal, Decimal]]) -> Mapping[Decimal, Decimal]:
    """A mapping from the first of each pair to the second, for firsts whose second is always the same."""
    partners: defaultdict[Decimal, set[Decimal]] = defaultdict(set)
    for price, partner in pairs:
        partners[price].add(partner)
    return {price: next(iter(values)) for price, values in partners.items() if len(values) == 1}


def repriced(line: Priced, paid: PriceList, assumed: Assumptions) -> Decimal | None:
    """The unit price of `line` under the assumptions, exactly; None where a price that this takes is unknown."""
    if line.meter.meter in (CACHE_HITS, CACHE_MISSES) and assumed.cache_hit_ratio is not None:
        hit = _price(line, line.meter._replace(meter=CACHE_HITS), paid, assumed)
        miss = _price(line, line.meter._replace(meter=CACHE_MISSES), paid, assumed)
        return None if hit is None or miss is None else _mixed(hit, miss, assumed.cache_hit_ratio)
    return _price(line, line.meter, paid, assumed)


def _price(line: Priced, meter: Meter, paid: PriceList, assumed: Assumptions) -> Decimal | None:
    """The price of `meter` in the tier of `line`, with the assumed share of peak units at the off-peak price; None where unknown."""
    target = meter._replace(model=assumed.models.get(meter.model, meter.model))
    replacement = assumed.prices.get(target)
    price = _in_tier(line, target, paid, replacement)
    if price is None or not assumed.off_peak_ratio or line.tier != PEAK:
        return price
    off_peak = replacement[0] if replacement else paid.off_peak(target, line.charge_date, price)
    return price if off_peak is None else _mixed(off_peak, price, assumed.off_peak_ratio)


def _in_tier(line: Priced, target: Meter, paid: PriceList, replacement: tuple[Decimal, ...] | None) -> Decimal | None:
    """The price of `target` in the tier of `line`: of assumed prices the lower applies off-peak and the higher at peak."""
    if replacement is None:
        return line.unit_price if target == line.meter else paid.corresponding(line, target)
    if len(replacement) > 2:
        return None
    return replacement[-1] if line.tier == PEAK else replacement[0]


def _mixed(first: Decimal, second: Decimal, ratio: Decimal) -> Decimal:
    return EXACT.add(EXACT.multiply(first, ratio), EXACT.multiply(second, EXACT.subtract(ONE, ratio)))
