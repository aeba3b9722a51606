"""Repricing: the unit price under other assumptions, such as another model, other prices, less peak use or more cache hits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import chain
from typing import NamedTuple

from analytics.core.money import EXACT
from analytics.core.usage import CACHE_HITS, CACHE_MISSES

ONE = Decimal(1)
PEAK, OFF_PEAK, STANDARD = "peak", "off-peak", "standard"


class Meter(NamedTuple):
    """The subject of a price: a meter of a model, in a currency."""

    model: str
    meter: str
    currency: str


class Priced(NamedTuple):
    """The price of one unit on one day, and its tier (`peak`, `off-peak` or `standard`)."""

    charge_date: date
    meter: Meter
    unit_price: Decimal
    tier: str


class PriceInterval(NamedTuple):
    """A price of a meter with its tier, and the first and the last day on which it was paid without a long pause."""

    meter: Meter
    unit_price: Decimal
    tier: str
    first_date: date
    last_date: date


class PriceChange(NamedTuple):
    """A change of a price: the last day of the old one and the first day of the new one; it took effect after the one, by the other."""

    last_date: date
    first_date: date


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
    """The prices paid, by meter and time. What no price in force shows is not guessed: where a price is unsure, there is none."""

    def __init__(self, intervals: Iterable[PriceInterval]) -> None:
        by_meter: defaultdict[Meter, list[PriceInterval]] = defaultdict(list)
        for interval in sorted(intervals, key=lambda one: (one.first_date, one.last_date, one.unit_price)):
            by_meter[interval.meter].append(interval)
        self._intervals = dict(by_meter)
        self._changes = _narrowest({change for of_meter in by_meter.values() for change in _changes(of_meter)})

    def corresponding(self, line: Priced, target: Meter) -> Decimal | None:
        """The price of `target` in the tier of `line` on its day; None where it is not known for sure.

        Of several prices of a tier on one day, as when prices change in its middle, the first corresponds to the first, the second to
        the second. While other prices have tiers, a meter that was seen at one price alone may have been used off-peak or at peak
        alone, so that its price corresponds to no other.
        """
        day = line.charge_date
        if line.tier == STANDARD and self._has_tiers(day):
            return None
        prices = [one.unit_price for one in self.in_force(target, line.tier, day)]
        if len(prices) == 1:
            return prices[0]
        own = [one.unit_price for one in self.in_force(line.meter, line.tier, day)]
        return prices[own.index(line.unit_price)] if len(prices) == len(own) and line.unit_price in own else None

    def off_peak(self, meter: Meter, day: date, price: Decimal) -> Decimal | None:
        """The off-peak price in force on `day` with a peak `price`: the highest below it; None where none is known."""
        peaks = [one for one in self.in_force(meter, PEAK, day) if one.unit_price == price]
        lower = [one for one in self.in_force(meter, OFF_PEAK, day) if one.unit_price < price]
        return max((one.unit_price for one in lower if not any(_changed_between(one, peak) for peak in peaks)), default=None)

    @cache  # noqa: B019 - a list lives as long as the database that it is made from is open
    def _has_tiers(self, day: date) -> bool:
        intervals = chain.from_iterable(self._intervals.values())
        return any(one.tier != STANDARD and one.first_date <= day <= one.last_date for one in intervals)

    @cache  # noqa: B019 - as above
    def in_force(self, meter: Meter, tier: str, day: date) -> Sequence[PriceInterval]:
        """The prices of a tier of a meter in force on a day, by the days on which they were paid; empty where none is known for sure.

        Between two uses its price is that of both sides where these are the same. Where they differ, the changes of other prices in
        between show which side the day is on. Before the first use and after the last one, the nearest price holds as long as no
        price changed in between.
        """
        intervals = [one for one in self._intervals.get(meter, []) if one.tier == tier]
        if on_day := [one for one in intervals if one.first_date <= day <= one.last_date]:
            return on_day
        before = _last([one for one in intervals if one.last_date < day])
        after = _first([one for one in intervals if one.first_date > day])
        if before and after:
            return before if _tiers(before) == _tiers(after) else self._between(before, day, after)
        start, end = (before[0].last_date, day) if before else (day, after[0].first_date if after else day)
        return [] if any(change.first_date > start and change.last_date < end for change in self._changes) else before or after

    def _between(self, before: list[PriceInterval], day: date, after: list[PriceInterval]) -> list[PriceInterval]:
        """The side of a change of price that a day is on, by the changes of other prices at about that time; empty where these differ."""
        inside = [one for one in self._changes if before[0].last_date <= one.last_date and one.first_date <= after[0].first_date]
        is_past, is_future = any(one.first_date <= day for one in inside), any(one.last_date >= day for one in inside)
        if is_past == is_future:
            return []
        return after if is_past else before


def _changed_between(one: PriceInterval, other: PriceInterval) -> bool:
    """Whether one of two prices ended on the day on which the other began, so that they were not in force together."""
    first, second = sorted((one, other), key=lambda interval: interval.first_date)
    return first.first_date < second.first_date == first.last_date


def _last(intervals: Sequence[PriceInterval]) -> list[PriceInterval]:
    """Those of the intervals that ended last."""
    newest = max((one.last_date for one in intervals), default=None)
    return [one for one in intervals if one.last_date == newest]


def _first(intervals: Sequence[PriceInterval]) -> list[PriceInterval]:
    """Those of the intervals that began first."""
    oldest = min((one.first_date for one in intervals), default=None)
    return [one for one in intervals if one.first_date == oldest]


def _tiers(intervals: Sequence[PriceInterval]) -> list[tuple[str, Decimal]]:
    return sorted((one.tier, one.unit_price) for one in intervals)


def _changes(intervals: Sequence[PriceInterval]) -> Iterator[PriceChange]:
    """The changes of the prices of one meter, whose `intervals` ascend: a new price after an old one that was paid no more."""
    for number, interval in enumerate(intervals):
        earlier = [one for one in intervals[:number] if one.last_date <= interval.first_date and one.first_date < interval.first_date]
        if earlier and (interval.tier, interval.unit_price) not in _tiers(_last(earlier)):
            yield PriceChange(max(one.last_date for one in earlier), interval.first_date)


def _narrowest(changes: Collection[PriceChange]) -> list[PriceChange]:
    """The changes without those whose time another one gives more closely."""

    def is_closer(one: PriceChange, other: PriceChange) -> bool:
        return one != other and other.last_date <= one.last_date and one.first_date <= other.first_date

    return [change for change in changes if not any(is_closer(one, change) for one in changes)]


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
