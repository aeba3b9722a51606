"""What a unit would have cost under other assumptions: another model, other prices, no peak, more cache hits; it knows no key."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from analytics.core.money import EXACT

HIT = "input_cache_hit_tokens"
MISS = "input_cache_miss_tokens"
ONE = Decimal(1)


class Meter(NamedTuple):
    """What a price is the price of."""

    model: str
    meter: str
    currency: str


class Priced(NamedTuple):
    """What one unit cost on one day."""

    charge_date: date
    meter: Meter
    unit_price: Decimal


@dataclass(frozen=True)
class Assumptions:
    """What is to be different; None and empty leave things as they were.

    `models` names the model whose prices another is given, `prices` the prices of a meter in place of those paid, ascending from
    off-peak to peak. `off_peak_ratio` is the share of the units bought at peak that move to off-peak, `cache_hit_ratio` the share
    of input tokens that are hits, on every model alike.
    """

    models: Mapping[str, str] = field(default_factory=dict)
    prices: Mapping[Meter, tuple[Decimal, ...]] = field(default_factory=dict)
    off_peak_ratio: Decimal | None = None
    cache_hit_ratio: Decimal | None = None


class PriceList:
    """The prices that were paid, by day. Of several prices of a meter on one day the cheapest is off-peak, the dearest peak."""

    def __init__(self, seen: Iterable[Priced]) -> None:
        days: defaultdict[Meter, defaultdict[date, set[Decimal]]] = defaultdict(lambda: defaultdict(set))
        for item in seen:
            days[item.meter][item.charge_date].add(item.unit_price)
        self._tiers = {meter: {day: tuple(sorted(prices)) for day, prices in sorted(of.items())} for meter, of in days.items()}

    def tiers(self, meter: Meter, day: date) -> tuple[Decimal, ...]:
        """The prices of a day, ascending; where it has none, those of the newest day before it, else of the first after it."""
        of_meter = self._tiers.get(meter, {})
        if day in of_meter or not of_meter:
            return of_meter.get(day, ())
        known = list(of_meter)
        return of_meter[known[max(bisect_right(known, day) - 1, 0)]]

    @cache  # noqa: B019 - a list lives as long as the one question that it answers
    def usual(self, meter: Meter, other: Meter) -> Mapping[Decimal, Decimal]:
        """The price of `other` that went with a price of `meter` on every day on which both had as many prices."""
        found: defaultdict[Decimal, set[Decimal]] = defaultdict(set)
        theirs = self._tiers.get(other, {})
        for day, mine in self._tiers.get(meter, {}).items():
            if len(mine) == len(theirs.get(day, ())):
                for price, partner in zip(mine, theirs[day], strict=True):
                    found[price].add(partner)
        return {price: next(iter(partners)) for price, partners in found.items() if len(partners) == 1}

    @cache  # noqa: B019 - as above
    def usual_off_peak(self, meter: Meter) -> Mapping[Decimal, Decimal]:
        """The cheapest price of the days on which a price was the dearer one, where it was the same on all of them."""
        found: defaultdict[Decimal, set[Decimal]] = defaultdict(set)
        for tiers in self._tiers.get(meter, {}).values():
            for price in tiers[1:]:
                found[price].add(tiers[0])
        return {price: next(iter(lowest)) for price, lowest in found.items() if len(lowest) == 1}


def repriced(line: Priced, paid: PriceList, assumed: Assumptions) -> Decimal | None:
    """What one unit of `line` would have cost, exactly; None where the prices that this takes are not known."""
    if line.meter.meter in (HIT, MISS) and assumed.cache_hit_ratio is not None:
        hit = _price(line, line.meter._replace(meter=HIT), paid, assumed)
        miss = _price(line, line.meter._replace(meter=MISS), paid, assumed)
        return None if hit is None or miss is None else _mixed(hit, miss, assumed.cache_hit_ratio)
    return _price(line, line.meter, paid, assumed)


def _price(line: Priced, meter: Meter, paid: PriceList, assumed: Assumptions) -> Decimal | None:
    """The price of `meter` in the tier of `line`, with the assumed share of its peak at off-peak."""
    target = meter._replace(model=assumed.models.get(meter.model, meter.model))
    given = assumed.prices.get(target)
    price = _in_tier(line, target, paid, given)
    if price is None or not assumed.off_peak_ratio:
        return price
    tiers = given or paid.tiers(target, line.charge_date)
    off_peak = tiers[0] if len(tiers) > 1 or given else paid.usual_off_peak(target).get(price, price)
    return _mixed(off_peak, price, assumed.off_peak_ratio)


def _in_tier(line: Priced, target: Meter, paid: PriceList, given: tuple[Decimal, ...] | None) -> Decimal | None:
    """The price of `target` that corresponds to the one that `line` paid: of the same rank, the usual one, or the only one."""
    if target == line.meter and given is None:
        return line.unit_price
    mine = paid.tiers(line.meter, line.charge_date)
    theirs = given or paid.tiers(target, line.charge_date)
    if len(mine) == len(theirs):
        return theirs[mine.index(line.unit_price)]
    if len(theirs) == 1:
        return theirs[0]
    if given is None:
        return paid.usual(line.meter, target).get(line.unit_price)
    return _rank_by_peak(line, paid, given)


def _rank_by_peak(line: Priced, paid: PriceList, given: tuple[Decimal, ...]) -> Decimal | None:
    """Of two given prices the peak's for what is known to have been bought at peak, and the other for what was not."""
    if len(given) != 2:
        return None
    tiers = paid.tiers(line.meter, line.charge_date)
    at_peak = line.unit_price > tiers[0] or line.unit_price in paid.usual_off_peak(line.meter)
    return given[1] if at_peak else given[0]


def _mixed(first: Decimal, second: Decimal, ratio: Decimal) -> Decimal:
    return EXACT.add(EXACT.multiply(first, ratio), EXACT.multiply(second, EXACT.subtract(ONE, ratio)))
