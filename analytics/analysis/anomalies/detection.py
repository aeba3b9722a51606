"""The detection of outliers in daily series: days of material cost that two robust scores agree on.

All arrays have one row per series and one column per day, NaN where a day is not known. A day is compared with the eight weeks before
it alone, so that later data never changes an earlier result. A score is the distance of a day in robust deviations; a deviation is
the largest of 1.4826 × the median absolute deviation, the interquartile range ÷ 1.349, and a tenth of the median.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy

WINDOW_DAYS = 56
LEAST_SCORE = 5.0
LEAST_IMPACT = 0.5
"""The least excess of an outlier over its expected cost, as a share of a usual day."""
LEAST_HISTORY, LEAST_ACTIVE = 14, 8
LOOKED_BACK_DAYS = WINDOW_DAYS + 14
MERGED_DAYS = 7
"""Flagged days that are no further apart belong to one episode."""
SHRINKAGE = 2.0
IRREGULAR_DEVIATION = 0.5
"""A series whose deviation is more than half its median is bursty."""
LEAST_RATIO_DEVIATION = 0.02
"""The least deviation of a share, so that one that never moved has a finite score."""
IRREGULAR_USE = 0.12
"""A series is intermittent where the weekday hardly predicts use: where the mean of p(1 − p) over the weekdays is more than this."""

Array = numpy.ndarray


class Outliers(NamedTuple):
    """One entry per outlier, sorted by series and day."""

    row: Array
    column: Array
    score: Array
    """The lesser of the two scores."""
    is_irregular: Array
    """Whether the series is bursty or intermittent, so that its scores mean little."""


def spikes(costs: Array, first: int, floor: Array, usual: Array | None = None) -> Outliers:
    """The days from column `first` on that cost far more than expected from their past; `floor` is the least excess per series.

    `usual` is the past to compare with in place of `costs`: the days that no other day is compared with are NaN in it.
    """
    offset = max(0, first - LOOKED_BACK_DAYS)
    recent = costs[:, offset:]
    past = recent if usual is None else usual[:, offset:]
    row, column = _candidates(recent, past, first - offset, floor)
    batches = [_scored(recent, past, row[part], column[part], floor) for part in _parts(len(row))]
    if not batches:
        return _NONE
    row, column, score, is_irregular = (numpy.concatenate(values) for values in zip(*batches, strict=True))
    return Outliers(row, column + offset, score, is_irregular)


_NONE = Outliers(*(numpy.zeros(0, kind) for kind in (int, int, float, bool)))


def _parts(count: int, size: int = 50_000) -> list[slice]:
    return [slice(start, start + size) for start in range(0, count, size)]


def _candidates(costs: Array, past: Array, first: int, floor: Array) -> tuple[Array, Array]:
    """Rows and columns of the days that cost clearly more than the mean of their weekday: a few days, and all possible outliers."""
    is_active = past > 0
    active_past = numpy.where(is_active, past, 0.0)
    sums, counts = before(active_past, 1, WINDOW_DAYS), before(is_active, 1, WINDOW_DAYS)
    known = before(~numpy.isnan(past), 1, past.shape[1])
    with numpy.errstate(divide="ignore", invalid="ignore"):
        mean = sums / counts
        factor = (before(active_past, 7, WINDOW_DAYS) / mean + SHRINKAGE) / (before(is_active, 7, WINDOW_DAYS) + SHRINKAGE)
    excess = numpy.where(costs > 0, costs, 0.0) - factor * mean
    is_far = (excess >= 0.8 * LEAST_IMPACT * mean) & (excess >= 0.8 * floor[:, None])
    is_far &= (counts >= LEAST_ACTIVE) & (known >= LEAST_HISTORY)
    is_far[:, :first] = False
    row, column = numpy.nonzero(is_far)
    return row, column


def before(values: Array, step: int, window: int) -> Array:
    """Per day the sum of every `step`th of the `window` days before it."""
    count, length = values.shape
    weeks = -(-length // step)
    padded = values
    if length % step:
        padded = numpy.zeros((count, weeks * step))
        padded[:, :length] = values
    total = padded.reshape(count, weeks, step).cumsum(axis=1, dtype=float).reshape(count, -1)[:, :length]
    sums = numpy.zeros((count, length))
    if length <= step:
        return sums
    sums[:, step:] = total[:, : length - step]
    if length > window + step:
        sums[:, window + step :] -= total[:, : length - window - step]
    return sums


def _scored(costs: Array, usual: Array, row: Array, column: Array, floor: Array) -> Outliers:
    """The candidates that both scores find to be outliers."""
    past = _gathered(usual, row, column, WINDOW_DAYS + 7)
    recent, today = past[:, :WINDOW_DAYS], costs[row, column]
    active = numpy.where(recent > 0, recent, numpy.nan)
    factors = _weekday_factors(active)
    adjusted = active / numpy.tile(factors, WINDOW_DAYS // 7)
    middle, deviation = robust(adjusted)
    own = factors[:, 6]
    first = (today / own - middle) / numpy.maximum(deviation, 0.1 * middle)
    steps = recent - past[:, 7:]
    steps = numpy.where((recent > 0) & (past[:, 7:] > 0), steps, numpy.nan)
    step_middle, step_deviation = robust(steps)
    second = (today - _last_alike(active, middle * own) - numpy.nan_to_num(step_middle)) / numpy.fmax(step_deviation, 0.1 * middle)
    score = numpy.minimum(first, second)
    excess = today - own * middle
    stands_out = (score > LEAST_SCORE) & (excess >= LEAST_IMPACT * middle) & (excess >= floor[row])
    is_irregular = (deviation > IRREGULAR_DEVIATION * middle) | (_irregular_use(recent) > IRREGULAR_USE)
    return Outliers(row[stands_out], column[stands_out], score[stands_out], is_irregular[stands_out])


def _last_alike(active: Array, usual: Array) -> Array:
    """The cost of the last active day of the same weekday; `usual` where there is none."""
    alike = active[:, 6::7]
    last = numpy.argmax(~numpy.isnan(alike), axis=1)
    last_costs = alike[numpy.arange(len(alike)), last]
    known: Array = numpy.where(numpy.isnan(last_costs), usual, last_costs)
    return known


def _gathered(costs: Array, row: Array, column: Array, days: int) -> Array:
    """The values of `days` days before each candidate, the latest first; NaN before the first column."""
    places = column[:, None] - 1 - numpy.arange(days)
    past: Array = costs[row[:, None], numpy.maximum(places, 0)]
    past[places < 0] = numpy.nan
    return past


def _weekday_factors(active: Array) -> Array:
    """The ratio of each weekday to an average active day, seven columns; the last column is the weekday of the candidate."""
    weeks = active.reshape(len(active), -1, 7)
    count = (~numpy.isnan(weeks)).sum(axis=1)
    total = numpy.nansum(weeks, axis=1)
    mean = (total.sum(axis=1) / numpy.maximum(count.sum(axis=1), 1))[:, None]
    factors: Array = (total / mean + SHRINKAGE) / (count + SHRINKAGE)
    return factors


def _irregular_use(recent: Array) -> Array:
    """The mean of p(1 − p) over the weekdays, where p is the share of active days: from 0 (predictable) to 0.25."""
    weeks = recent.reshape(len(recent), -1, 7)
    known = numpy.maximum((~numpy.isnan(weeks)).sum(axis=1), 1)
    share = (weeks > 0).sum(axis=1) / known
    irregular: Array = (share * (1 - share)).mean(axis=1)
    return irregular


def robust(values: Array) -> tuple[Array, Array]:
    """Per row the median and the robust deviation (without the floor of a tenth of the median) of the values that are not NaN."""
    ordered = numpy.sort(values, axis=1)
    count = (~numpy.isnan(ordered)).sum(axis=1)
    middle = _place(ordered, count, 0.5)
    spread = (_place(ordered, count, 0.75) - _place(ordered, count, 0.25)) / 1.349
    off = numpy.sort(numpy.abs(values - middle[:, None]), axis=1)
    return middle, numpy.maximum(1.4826 * _place(off, count, 0.5), spread)


def _place(ordered: Array, count: Array, level: float) -> Array:
    place = level * numpy.maximum(count - 1, 0)
    below = place.astype(int)
    rows = numpy.arange(len(ordered))
    above = numpy.minimum(below + 1, numpy.maximum(count - 1, 0))
    quantiles: Array = ordered[rows, below] + (place - below) * (ordered[rows, above] - ordered[rows, below])
    return quantiles


def episodes(row: Array, column: Array) -> list[slice]:
    """The slice of each episode in flags sorted by series and day: days of one series with no gap of more than a week."""
    if not len(row):
        return []
    is_new = (numpy.diff(row) != 0) | (numpy.diff(column) > MERGED_DAYS)
    starts = [0, *(numpy.flatnonzero(is_new) + 1).tolist(), len(row)]
    return [slice(start, end) for start, end in pairwise(starts)]


def shifts(values: Array, first: int, sign: int, least: float, usual: Array | None = None, *, is_relative: bool) -> Outliers:
    """The days from column `first` on whose ratio moved by `least` in the direction of `sign`, relative to its median or absolute.

    Days without the ratio are NaN; `usual` is as for `spikes`. Ratios have no weekday pattern, so that one score is enough.
    """
    offset = max(0, first - LOOKED_BACK_DAYS)
    recent = values[:, offset:]
    past = recent if usual is None else usual[:, offset:]
    row, column = _moved(recent, past, first - offset, sign, least, is_relative=is_relative)
    middle, deviation = robust(_gathered(past, row, column, WINDOW_DAYS))
    step = sign * (recent[row, column] - middle)
    score = step / numpy.maximum(deviation, 0.1 * numpy.abs(middle) if is_relative else LEAST_RATIO_DEVIATION)
    stands_out = (score > LEAST_SCORE) & (step >= least * (middle if is_relative else 1.0))
    is_irregular = deviation > IRREGULAR_DEVIATION * numpy.abs(middle)
    return Outliers(row[stands_out], column[stands_out] + offset, score[stands_out], is_irregular[stands_out])


def _moved(values: Array, past: Array, first: int, sign: int, least: float, *, is_relative: bool) -> tuple[Array, Array]:
    """Rows and columns of the days whose ratio is clearly off the mean of earlier days: all possible outliers."""
    counts = before(~numpy.isnan(past), 1, WINDOW_DAYS)
    with numpy.errstate(divide="ignore", invalid="ignore"):
        mean = before(numpy.nan_to_num(past), 1, WINDOW_DAYS) / counts
        is_far = sign * (values - mean) >= 0.7 * least * (mean if is_relative else 1.0)
    is_far &= counts >= LEAST_ACTIVE
    is_far[:, :first] = False
    row, column = numpy.nonzero(is_far)
    return row, column
