"""Where daily costs are going: an exponentially weighted level times shrunk weekday factors, and how far such forecasts were off.

Arrays in, arrays out; one row per series, one column per day, NaN where a day is not known. It knows no dates and no money. Every
figure of a day rests on the days up to it alone, so that what follows can never change it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy

HALF_LIFE_DAYS = 7
FACTOR_DAYS = 56
"""Weekday factors look back eight weeks."""
SHRINKAGE = 2.0
"""A weekday counts as if it had been seen so often more, as an average day."""
LEAST_HISTORY = 14
"""Days before the first origin of which a forecast is held against what came."""
INTERVAL_LEVEL = 0.8
CAUTION = 0.5
"""Few independent past errors ask for a higher quantile; by `make bench` more of it makes intervals hold too often."""
WORST_LOG_ERROR = numpy.log(10.0)
"""A forecast of something for days without use, or the reverse, counts as ten times too much or too little."""

_DECAY = 0.5 ** (1 / HALF_LIFE_DAYS)
Array = numpy.ndarray


class Foresight(NamedTuple):
    """Per series: the expected sum of the days asked about, its interval, and the share by which past forecasts were off; NaN: unknown."""

    expected: Array
    low: Array
    high: Array
    past_error: Array


class Outlook:
    """What is expected of each weekday, day by day: `learn` takes in a day, `weekdays` tells what the next ones are expected to cost."""

    def __init__(self, count: int) -> None:
        self.known = numpy.zeros(count)
        self._level = numpy.zeros(count)
        self._sums = numpy.zeros((count, 7))
        self._counts = numpy.zeros((count, 7))
        self._weights = numpy.zeros((count, 7))

    def learn(self, weekday: int, costs: Array, forgotten: Array | None) -> None:
        """Take in the costs of a day, and let go of those of the day eight weeks before."""
        is_known = ~numpy.isnan(costs)
        known_costs = numpy.where(is_known, costs, 0.0)
        self.known += is_known
        self._level = self._level * _DECAY + known_costs
        self._weights *= _DECAY
        self._weights[:, weekday] += is_known
        self._sums[:, weekday] += known_costs
        self._counts[:, weekday] += is_known
        if forgotten is not None:
            self._sums[:, weekday] -= numpy.nan_to_num(forgotten)
            self._counts[:, weekday] -= ~numpy.isnan(forgotten)

    def factors(self) -> Array:
        """What a weekday costs against an average day: seven columns of mean 1."""
        days = self._counts.sum(axis=1, keepdims=True)
        means = _divided(self._sums.sum(axis=1, keepdims=True), days)
        raw = (_divided(numpy.maximum(self._sums, 0.0), means) + SHRINKAGE) / (self._counts + SHRINKAGE)
        factors: Array = raw / raw.mean(axis=1, keepdims=True)
        return factors

    def weekdays(self) -> Array:
        """What a day of each weekday is expected to cost: the level is free of the weekdays that it was learned from."""
        factors = self.factors()
        level = _divided(self._level, (self._weights * factors).sum(axis=1))
        expected: Array = level[:, None] * factors
        return expected


def foresee(costs: Array, first_weekday: int, weekday_counts: Array) -> Foresight:
    """The sum of the days to come of which `asked` tells how many there are of each weekday (0 is Monday).

    `first_weekday` is that of the first column. Past forecasts are those of every past day for as many days that followed it.
    """
    horizon = int(weekday_counts.sum())
    outlook, forecasts = _walk(costs, first_weekday, horizon)
    weekdays = outlook.weekdays()
    expected = weekdays @ weekday_counts
    actual = _sums_ahead(costs, horizon)
    usable = numpy.isfinite(actual) & numpy.isfinite(forecasts)
    width = _half_width(costs, weekdays, first_weekday, usable, actual, forecasts, horizon, outlook.known)
    off = numpy.where(usable, numpy.abs(forecasts - actual), 0.0).sum(axis=1)
    past_error = _divided(off, numpy.where(usable, actual, 0.0).sum(axis=1), numpy.nan)
    return Foresight(expected, expected * numpy.exp(-width), expected * numpy.exp(width), past_error)


def outlook(costs: Array, first_weekday: int) -> Outlook:
    """What is expected of each weekday after the last column."""
    return _walk(costs, first_weekday, 0)[0]


def _walk(costs: Array, first_weekday: int, horizon: int) -> tuple[Outlook, Array]:
    """What is known at the end, and per day what the `horizon` days after it were expected to cost then; NaN too early to tell."""
    outlook = Outlook(len(costs))
    forecasts = numpy.full(costs.shape, numpy.nan)
    for day in range(costs.shape[1]):
        weekday = (first_weekday + day) % 7
        outlook.learn(weekday, costs[:, day], costs[:, day - FACTOR_DAYS] if day >= FACTOR_DAYS else None)
        if horizon and day + horizon < costs.shape[1]:
            ahead = weekday_counts(weekday + 1, horizon)
            forecasts[:, day] = numpy.where(outlook.known >= LEAST_HISTORY, outlook.weekdays() @ ahead, numpy.nan)
    return outlook, forecasts


def weekday_counts(first_weekday: int, days: int) -> Array:
    """How many of so many days fall on each weekday."""
    return numpy.bincount((first_weekday + numpy.arange(days)) % 7, minlength=7).astype(float)


def _sums_ahead(costs: Array, horizon: int) -> Array:
    """Per day, the sum of the `horizon` days after it; NaN where one of them is not known."""
    sums = numpy.full(costs.shape, numpy.nan)
    if 0 < horizon < costs.shape[1]:
        known = numpy.isnan(costs).cumsum(axis=1)
        total = numpy.nan_to_num(costs).cumsum(axis=1)
        ahead = total[:, horizon:] - total[:, :-horizon]
        sums[:, :-horizon] = numpy.where(known[:, horizon:] == known[:, :-horizon], numpy.maximum(ahead, 0.0), numpy.nan)
    return sums


def _half_width(
    costs: Array, weekdays: Array, first_weekday: int, usable: Array, actual: Array, forecasts: Array, horizon: int, known: Array
) -> Array:
    """Half of the interval, of the logarithm: the quantile of past errors, higher where few of them are independent.

    A series too young to have past errors of this horizon is given the spread of its days about what is expected of them.
    """
    errors = numpy.where(usable, _log_ratio(actual, forecasts), numpy.nan)
    independent = (known - LEAST_HISTORY) / max(horizon, 1)
    level = numpy.minimum(1.0, INTERVAL_LEVEL * (1 + CAUTION / numpy.maximum(independent, 1e-9)))
    observed = quantile(errors, level)
    spread = _spread(costs, weekdays, first_weekday, horizon)
    return numpy.where(independent >= 1, numpy.where(numpy.isnan(observed), spread, observed), numpy.fmax(spread, observed))


def _log_ratio(actual: Array, forecasts: Array) -> Array:
    """How far forecasts were off, as the absolute logarithm of the ratio; nothing where both are nothing."""
    with numpy.errstate(divide="ignore", invalid="ignore"):
        found = numpy.abs(numpy.log(actual) - numpy.log(forecasts))
    return numpy.where((actual <= 0) & (forecasts <= 0), 0.0, numpy.minimum(numpy.nan_to_num(found, nan=WORST_LOG_ERROR), WORST_LOG_ERROR))


def _spread(costs: Array, weekdays: Array, first_weekday: int, horizon: int) -> Array:
    """1.28 standard deviations of a mean of `horizon` days, and of the level, by the last eight weeks."""
    recent = costs[:, -FACTOR_DAYS:]
    columns = (first_weekday + costs.shape[1] - recent.shape[1] + numpy.arange(recent.shape[1])) % 7
    expected = weekdays[:, columns]
    residuals = numpy.where(numpy.isnan(recent), 0.0, recent - expected)
    days = numpy.maximum((~numpy.isnan(recent)).sum(axis=1), 2)
    mean = weekdays.mean(axis=1)
    deviation = numpy.sqrt((residuals**2).sum(axis=1) / (days - 1))
    relative = _divided(deviation, mean)
    effective = numpy.minimum(days, 2 * HALF_LIFE_DAYS / numpy.log(2))
    spread: Array = numpy.minimum(1.2816 * relative * numpy.sqrt(1 / max(horizon, 1) + 1 / effective), WORST_LOG_ERROR)
    return spread


def quantile(values: Array, level: Array) -> Array:
    """Per row the quantile at its own level, between two values in proportion; NaN are left out, and of nothing comes NaN."""
    if not values.shape[1]:
        return numpy.full(len(values), numpy.nan)
    ordered = numpy.sort(values, axis=1)
    last = numpy.maximum((~numpy.isnan(ordered)).sum(axis=1) - 1, 0)
    place = level * last
    below = numpy.floor(place).astype(int)
    rows = numpy.arange(len(ordered))
    found: Array = ordered[rows, below] + (place - below) * (ordered[rows, numpy.minimum(below + 1, last)] - ordered[rows, below])
    return found


def _divided(value: Array, divisor: Array, otherwise: float = 0.0) -> Array:
    with numpy.errstate(divide="ignore", invalid="ignore"):
        return numpy.where(divisor > 0, value / divisor, otherwise)
