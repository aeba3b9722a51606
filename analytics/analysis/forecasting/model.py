"""The forecast model of daily costs: an exponentially weighted level times shrunk weekday factors, with an interval from past errors.

All arrays have one row per series and one column per day, NaN where a day is not known; costs of a row are in one unit. A figure of
a day rests only on the days up to it, so that later days never change it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy

HALF_LIFE_DAYS = 7
FACTOR_DAYS = 56
"""The window of the weekday factors: eight weeks."""
SHRINKAGE = 2.0
"""The prior weight of a weekday factor: so many additional observations of an average day."""
LEAST_HISTORY = 14
"""Known days before the first origin of a past forecast that is compared with actual costs."""
INTERVAL_LEVEL = 0.8
CAUTION = 0.5
"""How much few independent past errors raise the quantile; by `make bench`, a higher value makes intervals cover too often."""
WORST_LOG_ERROR = numpy.log(10.0)
"""The error of a positive forecast for days without cost, or the reverse: as if off by a factor of ten."""

_DECAY = 0.5 ** (1 / HALF_LIFE_DAYS)
Array = numpy.ndarray


class Foresight(NamedTuple):
    """Per series: the expected sum of the days to come, its interval, and the relative error of past forecasts; NaN where unknown."""

    expected: Array
    low: Array
    high: Array
    past_error: Array


class Outlook:
    """The running state of the model: `learn` adds a day, `weekdays` returns the expected cost of a day of each weekday."""

    def __init__(self, count: int) -> None:
        self.known = numpy.zeros(count)
        self._level = numpy.zeros(count)
        self._sums = numpy.zeros((count, 7))
        self._counts = numpy.zeros((count, 7))
        self._weights = numpy.zeros((count, 7))

    def learn(self, weekday: int, costs: Array, forgotten: Array | None) -> None:
        """Add the costs of a day, and drop those of the day eight weeks before (`forgotten`) from the weekday factors."""
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
        """The ratio of each weekday to an average day, Monday first: seven columns with a mean of 1."""
        days = self._counts.sum(axis=1, keepdims=True)
        means = _divided(self._sums.sum(axis=1, keepdims=True), days)
        raw = (_divided(numpy.maximum(self._sums, 0.0), means) + SHRINKAGE) / (self._counts + SHRINKAGE)
        factors: Array = raw / raw.mean(axis=1, keepdims=True)
        return factors

    def weekdays(self) -> Array:
        """The expected cost of a day of each weekday, seven columns, Monday first; the level is adjusted for the weekdays behind it."""
        factors = self.factors()
        level = _divided(self._level, (self._weights * factors).sum(axis=1))
        expected: Array = level[:, None] * factors
        return expected


def foresee(costs: Array, first_weekday: int, weekday_counts: Array) -> Foresight:
    """The forecast of the sum of the days to come: `weekday_counts` is the number of them on each weekday (0 is Monday).

    `first_weekday` is that of the first column of `costs`. The interval comes from the errors of past forecasts, made on every past
    day for the same number of days after it.
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
    """The state of the model after the last column of `costs`."""
    return _walk(costs, first_weekday, 0)[0]


def _walk(costs: Array, first_weekday: int, horizon: int) -> tuple[Outlook, Array]:
    """The state at the end, and per day the forecast made on it for the sum of the next `horizon` days; NaN where history is short."""
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
    """The number of `days` consecutive days that fall on each weekday (0 is Monday), from `first_weekday` on."""
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
    """Half the width of the interval, in natural logarithms: a quantile of past errors, higher where few of them are independent.

    For a series without past errors of this horizon it is the spread of its days about their expected costs.
    """
    errors = numpy.where(usable, _log_ratio(actual, forecasts), numpy.nan)
    independent = (known - LEAST_HISTORY) / max(horizon, 1)
    level = numpy.minimum(1.0, INTERVAL_LEVEL * (1 + CAUTION / numpy.maximum(independent, 1e-9)))
    observed = quantile(errors, level)
    spread = _spread(costs, weekdays, first_weekday, horizon)
    return numpy.where(independent >= 1, numpy.where(numpy.isnan(observed), spread, observed), numpy.fmax(spread, observed))


def _log_ratio(actual: Array, forecasts: Array) -> Array:
    """The absolute logarithm of actual ÷ forecast, at most `WORST_LOG_ERROR`; 0 where both are 0."""
    with numpy.errstate(divide="ignore", invalid="ignore"):
        ratio = numpy.abs(numpy.log(actual) - numpy.log(forecasts))
    return numpy.where((actual <= 0) & (forecasts <= 0), 0.0, numpy.minimum(numpy.nan_to_num(ratio, nan=WORST_LOG_ERROR), WORST_LOG_ERROR))


def _spread(costs: Array, weekdays: Array, first_weekday: int, horizon: int) -> Array:
    """1.28 relative standard deviations of a mean of `horizon` days and of the level, over the last eight weeks (80 % of a normal law)."""
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
    """Per row the quantile at its own level, linearly interpolated; NaN values are left out, and a row without values has NaN."""
    if not values.shape[1]:
        return numpy.full(len(values), numpy.nan)
    ordered = numpy.sort(values, axis=1)
    last = numpy.maximum((~numpy.isnan(ordered)).sum(axis=1) - 1, 0)
    place = level * last
    below = numpy.floor(place).astype(int)
    rows = numpy.arange(len(ordered))
    quantiles: Array = ordered[rows, below] + (place - below) * (ordered[rows, numpy.minimum(below + 1, last)] - ordered[rows, below])
    return quantiles


def _divided(value: Array, divisor: Array, otherwise: float = 0.0) -> Array:
    with numpy.errstate(divide="ignore", invalid="ignore"):
        return numpy.where(divisor > 0, value / divisor, otherwise)
