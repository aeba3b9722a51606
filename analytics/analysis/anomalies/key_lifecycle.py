"""The key lifecycle: alerts about keys that are new, revived or silent, from their days of use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analytics.analysis.anomalies.day_grid import Alert, DayGrid
from analytics.analysis.daily_series import Daily

if TYPE_CHECKING:
    from numpy import ndarray

KNOWN_DAYS = 14
"""The least number of known days of an account before the first use of a key for the key to be new."""
REVIVED_DAYS, SILENT_DAYS = 21, 7
SILENT_GAPS = 3
"""A key is silent after more than so many times its longest pause before; it is revived after a pause of more than twice that."""


def lifecycle_alerts(grid: DayGrid, figures: Daily, active: ndarray) -> Iterator[Alert]:
    """The alerts about keys that are new, revived or silent; `active` is a mask of the days of use in the shape of the grid."""
    import numpy

    # Idle days that feedback calls planned or usual do not count as silence.
    order = (grid.known & ~(grid.feedback.silenced & ~active)).cumsum(axis=1, dtype=numpy.int32)
    row, column = numpy.nonzero(active)
    begins = numpy.searchsorted(row, numpy.arange(len(grid.numbers)))
    ends = numpy.searchsorted(row, numpy.arange(len(grid.numbers)), side="right")
    gaps = numpy.zeros(len(row), int)
    gaps[1:] = order[row[1:], column[1:]] - order[row[:-1], column[:-1]] - 1
    gaps[begins[begins < ends]] = 0
    last = active.shape[1] - 1
    used_keys = numpy.flatnonzero(begins < ends)
    longest = numpy.zeros(len(grid.numbers), int)
    longest[used_keys] = numpy.maximum.reduceat(gaps, begins[used_keys]) if len(used_keys) else 0
    silences = order[:, -1] - order[numpy.arange(len(order)), _last(active)]
    has_changed = (longest >= REVIVED_DAYS) | (silences >= SILENT_DAYS)
    has_changed[used_keys] |= column[begins[used_keys]] >= grid.start
    for key in numpy.flatnonzero(has_changed & (begins < ends)).tolist():
        used, own_gaps = column[begins[key] : ends[key]], gaps[begins[key] : ends[key]]
        if used[0] >= grid.start and not grid.feedback.silenced[key, used[0]] and _is_new(grid, figures, key, int(used[0])):
            yield grid.alert(key, "new_key", (int(used[0]), last), "high", None)
        if longest[key] >= REVIVED_DAYS:
            yield from _revived(grid, key, used, own_gaps)
        silent = int(silences[key])
        least = max(SILENT_DAYS, SILENT_GAPS * int(longest[key]) + 1)
        if silent >= least and len(used) >= _least_active():
            reported_from = int(numpy.searchsorted(order[key], order[key, used[-1]] + least))
            if reported_from >= grid.start:
                first = int(numpy.searchsorted(order[key], order[key, used[-1]] + 1))
                yield grid.alert(key, "silent_key", (first, last), "high" if silent >= 2 * least else "medium", None)


def _last(active: ndarray) -> ndarray:
    """The last active column of each row."""
    last: ndarray = active.shape[1] - 1 - active[:, ::-1].argmax(axis=1)
    return last


def _least_active() -> int:
    from analytics.analysis.anomalies import detection

    return detection.LEAST_ACTIVE


def _is_new(grid: DayGrid, figures: Daily, key: int, column: int) -> bool:
    known = figures.known.get(figures.labels[grid.numbers[key]].account, [])
    return sum(day < grid.first + column for day in known[:KNOWN_DAYS]) >= KNOWN_DAYS


def _revived(grid: DayGrid, key: int, used: ndarray, gaps: ndarray) -> Iterator[Alert]:
    """Alerts about use after a pause that was more than twice as long as any before it; each lasts until the last day of use."""
    for at in range(_least_active(), len(used)):
        is_reported = used[at] >= grid.start and not grid.feedback.silenced[key, used[at]]
        if is_reported and gaps[at] >= REVIVED_DAYS and gaps[at] > 2 * gaps[:at].max():
            yield grid.alert(key, "revived_key", (int(used[at]), int(used[-1])), "high", None)
