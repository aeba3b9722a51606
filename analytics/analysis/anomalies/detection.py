"""Days that stand out of their own past: two robust scores that must agree, of days that matter; it knows no dates and no money.

Arrays in, arrays out; one row per series, one column per day, NaN where a day is not known. A day is held against the eight weeks
before it and against nothing later, so that the future never changes what was told. A score is how many robust deviations a day is
off; a deviation is the largest of 1.4826 × the median absolute deviation, the interquartile range ÷ 1.349, and a tenth of the median.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy

WINDOW_DAYS = 56
LEAST_SCORE = 5.0
LEAST_IMPACT = 0.5
"""A day must cost half a usual day more than expected."""
LEAST_HISTORY, LEAST_ACTIVE = 14, 8
LOOKED_BACK_DAYS = WINDOW_DAYS + 14
MERGED_DAYS = 7
"""Flags that are no further apart are one episode."""
SHRINKAGE = 2.0
IRREGULAR_DEVIATION = 0.5
"""A series whose usual deviation is half its median is bursty."""
LEAST_RATIO_DEVIATION = 0.02
"""A ratio of the whole that never moved still moves by so much."""
IRREGULAR_USE = 0.12
"""Intermittent is one of which it cannot be told from the weekday whether it will be used: the mean of p(1 − p) over the weekdays."""

Array = numpy.ndarray


class Outliers(NamedTuple):
    """One entry per day that stands out, in the order of series and days."""

    row: Array
    column: Array
    score: Array
    """The lesser of the two scores."""
    is_irregular: Array
    """Whether the series is bursty or intermittent, where scores mean little."""


def spikes(costs: Array, first: int, floor: Array, usual: Array | None = None) -> Outliers:
    """The days from column `first` on that cost far more than their past tells; `floor` is per series the least excess that matters.

    `usual` is what the past is taken from, where some of its days are to be held against none: those are NaN there.
    """
    offset = max(0, first - LOOKED_BACK_DAYS)
    recent = costs[:, offset:]
    past = recent if usual is None else usual[:, offset:]
    row, column = _candidates(recent, past, first - offset, floor)
    found = [_scored(recent, past, row[part], column[part], floor) for part in _parts(len(row))]
    if not found:
        return _NONE
    row, column, score, is_irregular = (numpy.concatenate(values) for values in zip(*found, strict=True))
    return Outliers(row, column + offset, score, is_irregular)


_NONE = Outliers(*(numpy.zeros(0, kind) for kind in (int, int, float, bool)))


def _parts(count: int, size: int = 50_000) -> list[slice]:
    return [slice(start, start + size) for start in range(0, count, size)]


def _candidates(costs: Array, past: Array, first: int, floor: Array) -> tuple[Array, Array]:
    """Days that cost clearly more than the mean of their weekday: few of all days, and all that can stand out."""
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
    """Per day the sum of every `step`th day of the `window` days before it."""
    count, length = values.shape
    weeks = -(-length // step)
    padded = values
    if length % step:
        padded = numpy.zeros((count, weeks * step))
        padded[:, :length] = values
    total = padded.reshape(count, weeks, step).cumsum(axis=1, dtype=float).reshape(count, -1)[:, :length]
    found = numpy.zeros((count, length))
    if length <= step:
        return found
    found[:, step:] = total[:, : length - step]
    if length > window + step:
        found[:, window + step :] -= total[:, : length - window - step]
    return found


def _scored(costs: Array, usual: Array, row: Array, column: Array, floor: Array) -> Outliers:
    """Those of the candidates that both scores tell to stand out."""
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
    """What the last active day of the same weekday cost; where there is none, a usual one."""
    alike = active[:, 6::7]
    last = numpy.argmax(~numpy.isnan(alike), axis=1)
    found = alike[numpy.arange(len(alike)), last]
    known: Array = numpy.where(numpy.isnan(found), usual, found)
    return known


def _gathered(costs: Array, row: Array, column: Array, days: int) -> Array:
    """The days before each candidate, the last one first; NaN before the first column."""
    places = column[:, None] - 1 - numpy.arange(days)
    found: Array = costs[row[:, None], numpy.maximum(places, 0)]
    found[places < 0] = numpy.nan
    return found


def _weekday_factors(active: Array) -> Array:
    """What each of the seven weekdays costs against an active day on average; the last column is the weekday of the candidate."""
    weeks = active.reshape(len(active), -1, 7)
    count = (~numpy.isnan(weeks)).sum(axis=1)
    total = numpy.nansum(weeks, axis=1)
    mean = (total.sum(axis=1) / numpy.maximum(count.sum(axis=1), 1))[:, None]
    factors: Array = (total / mean + SHRINKAGE) / (count + SHRINKAGE)
    return factors


def _irregular_use(recent: Array) -> Array:
    """How little the weekday tells of whether a day is active, from 0 to a quarter."""
    weeks = recent.reshape(len(recent), -1, 7)
    known = numpy.maximum((~numpy.isnan(weeks)).sum(axis=1), 1)
    share = (weeks > 0).sum(axis=1) / known
    irregular: Array = (share * (1 - share)).mean(axis=1)
    return irregular


def robust(values: Array) -> tuple[Array, Array]:
    """Per row the median and the robust deviation of what is not NaN."""
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
    found: Array = ordered[rows, below] + (place - below) * (ordered[rows, above] - ordered[rows, below])
    return found


def episodes(row: Array, column: Array) -> list[slice]:
    """Where in the flags, which ascend by series and day, each episode is: of one series, with no gap of more than a week."""
    if not len(row):
        return []
    is_new = (numpy.diff(row) != 0) | (numpy.diff(column) > MERGED_DAYS)
    starts = [0, *(numpy.flatnonzero(is_new) + 1).tolist(), len(row)]
    return [slice(start, end) for start, end in pairwise(starts)]


def shifts(values: Array, first: int, sign: int, least: float, usual: Array | None = None, *, is_relative: bool) -> Outliers:
    """The days from column `first` on whose ratio moved by `least` in the direction of `sign`: of its median, or as it stands.

    NaN are days that have no such ratio; `usual` is as for `spikes`. A ratio knows no weekdays, so one score has to do.
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
    """Days whose ratio is clearly off the mean of those before: all that can stand out of their median."""
    counts = before(~numpy.isnan(past), 1, WINDOW_DAYS)
    with numpy.errstate(divide="ignore", invalid="ignore"):
        mean = before(numpy.nan_to_num(past), 1, WINDOW_DAYS) / counts
        is_far = sign * (values - mean) >= 0.7 * least * (mean if is_relative else 1.0)
    is_far &= counts >= LEAST_ACTIVE
    is_far[:, :first] = False
    row, column = numpy.nonzero(is_far)
    return row, column
