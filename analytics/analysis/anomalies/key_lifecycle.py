"""Keys that are new, that came back, or that went silent, from the days on which they were used; it knows no money."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analytics.analysis.anomalies.placed import Alert, Place
from analytics.analysis.daily_series import Daily

if TYPE_CHECKING:
    from numpy import ndarray

SEEN_DAYS = 14
"""Days that an account must have been known before a key is called new."""
REVIVED_DAYS, SILENT_DAYS = 21, 7
SILENT_GAPS = 3
"""A key is silent when it has been unused so many times as long as ever before, and revived after twice as long."""


def turns(place: Place, figures: Daily, active: ndarray) -> Iterator[Alert]:
    """Keys that are new, that came back, or that went silent."""
    import numpy

    # Idle days that were planned, or said to be usual, are no silence.
    order = (place.known & ~(place.said.silenced & ~active)).cumsum(axis=1, dtype=numpy.int32)
    row, column = numpy.nonzero(active)
    begins = numpy.searchsorted(row, numpy.arange(len(place.numbers)))
    ends = numpy.searchsorted(row, numpy.arange(len(place.numbers)), side="right")
    gaps = numpy.zeros(len(row), int)
    gaps[1:] = order[row[1:], column[1:]] - order[row[:-1], column[:-1]] - 1
    gaps[begins[begins < ends]] = 0
    last = active.shape[1] - 1
    used_keys = numpy.flatnonzero(begins < ends)
    longest = numpy.zeros(len(place.numbers), int)
    longest[used_keys] = numpy.maximum.reduceat(gaps, begins[used_keys]) if len(used_keys) else 0
    silences = order[:, -1] - order[numpy.arange(len(order)), _last(active)]
    is_turned = (longest >= REVIVED_DAYS) | (silences >= SILENT_DAYS)
    is_turned[used_keys] |= column[begins[used_keys]] >= place.start
    for key in numpy.flatnonzero(is_turned & (begins < ends)).tolist():
        used, own = column[begins[key] : ends[key]], gaps[begins[key] : ends[key]]
        if used[0] >= place.start and not place.said.silenced[key, used[0]] and _is_new(place, figures, key, int(used[0])):
            yield place.alert(key, "new_key", (int(used[0]), last), "high", None)
        if longest[key] >= REVIVED_DAYS:
            yield from _revived(place, key, used, own)
        silent = int(silences[key])
        least = max(SILENT_DAYS, SILENT_GAPS * int(longest[key]) + 1)
        if silent >= least and len(used) >= _least_active():
            told = int(numpy.searchsorted(order[key], order[key, used[-1]] + least))
            if told >= place.start:
                first = int(numpy.searchsorted(order[key], order[key, used[-1]] + 1))
                yield place.alert(key, "silent_key", (first, last), "high" if silent >= 2 * least else "medium", None)


def _last(active: ndarray) -> ndarray:
    """Per row the last column that is active."""
    found: ndarray = active.shape[1] - 1 - active[:, ::-1].argmax(axis=1)
    return found


def _least_active() -> int:
    from analytics.analysis.anomalies import detection

    return detection.LEAST_ACTIVE


def _is_new(place: Place, figures: Daily, key: int, column: int) -> bool:
    known = figures.known.get(figures.labels[place.numbers[key]].account, [])
    return sum(day < place.first + column for day in known[:SEEN_DAYS]) >= SEEN_DAYS


def _revived(place: Place, key: int, used: ndarray, gaps: ndarray) -> Iterator[Alert]:
    """Uses after a pause that was twice as long as any before it; it lasts until the next pause."""
    for at in range(_least_active(), len(used)):
        is_told = used[at] >= place.start and not place.said.silenced[key, used[at]]
        if is_told and gaps[at] >= REVIVED_DAYS and gaps[at] > 2 * gaps[:at].max():
            yield place.alert(key, "revived_key", (int(used[at]), int(used[-1])), "high", None)
