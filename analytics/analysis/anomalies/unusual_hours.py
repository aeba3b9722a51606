"""Use at an hour of the day at which a key was hardly ever used in its last eight weeks. No day is compared with a later one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from analytics.analysis.anomalies.day_grid import Alert, DayGrid

if TYPE_CHECKING:
    from numpy import ndarray

HOURS = 24
LEAST_DAYS = 14
"""Days of use whose hours are known, from which on it is known which hours are usual."""
RARE = 0.06
"""An hour is rare that was used, it or one next to it, on less than six of a hundred days of use."""
LEAST_COST = 0.5
"""What the rare hours of a day must cost, of an average day of use."""
MOST_NOVEL = 0.1
"""A key whose days of use had rare hours so often has no usual ones."""


def unusual_hours(costs: ndarray, first: int, usual: ndarray | None = None) -> tuple[ndarray, ndarray]:
    """The rare hours from day `first` on that matter, as a mask of series × days × hours, and the days of use that were known before.

    `costs` are series × days × 24 hours; `usual` the same with days that nothing is compared with set to 0. Hours wrap around
    midnight: hour 23 is next to hour 0.
    """
    import numpy

    from analytics.analysis.anomalies import detection

    history = costs if usual is None else usual
    days = detection.before(numpy.any(history > 0, axis=2), 1, detection.WINDOW_DAYS)
    with numpy.errstate(divide="ignore", invalid="ignore"):
        average = detection.before(history.sum(axis=2), 1, detection.WINDOW_DAYS) / days
    rare = (costs > 0) & _is_rare(history > 0, days)
    matters = (days >= LEAST_DAYS) & (numpy.where(rare, costs, 0.0).sum(axis=2) >= LEAST_COST * average)
    is_novel = (rare & (history > 0)).any(axis=2) & (days >= LEAST_DAYS)
    matters &= detection.before(is_novel, 1, detection.WINDOW_DAYS) <= MOST_NOVEL * days
    matters[:, :first] = False
    return rare & matters[:, :, None], days


def _is_rare(active: ndarray, days: ndarray) -> ndarray:
    """Per series, day and hour: whether it and the hours next to it were hardly ever used on the days before."""
    import numpy

    from analytics.analysis.anomalies import detection

    touched = active | numpy.roll(active, 1, axis=2) | numpy.roll(active, -1, axis=2)
    rare = numpy.empty(active.shape, bool)
    for hour in range(HOURS):
        rare[:, :, hour] = detection.before(touched[:, :, hour], 1, detection.WINDOW_DAYS) < RARE * days
    return rare


SERIES_AT_ONCE = 128
"""Days have 24 hours: so many series fit into memory next to everything else."""
CERTAIN_DAYS = 28
"""Days of use whose hours are known, from which on an alert is certain enough to be called high."""


def unusual_hour_alerts(grid: DayGrid, hourly_use: Mapping[str, ndarray]) -> Iterator[Alert]:
    """Alerts about unusual hours, from `hourly_use`: arrays `series`, `day_number`, `hour` and `cost`, sorted by series; may be empty."""
    import numpy

    from analytics.analysis.anomalies import detection

    if not hourly_use:
        return
    part = slice(*numpy.searchsorted(hourly_use["series"], [grid.numbers[0], grid.numbers[-1] + 1]))
    rows = hourly_use["series"][part] - grid.numbers[0]
    # From eight weeks before the period on, so that an alert that went on then begins when it did.
    offset = max(0, grid.start - 3 * detection.WINDOW_DAYS)
    known = numpy.unique(rows)
    for some in (known[start : start + SERIES_AT_ONCE] for start in range(0, len(known), SERIES_AT_ONCE)):
        chosen = numpy.isin(rows, some) & (hourly_use["day_number"][part] >= grid.first + offset)
        figures = {name: values[part][chosen] for name, values in hourly_use.items()}
        yield from _of_some(grid, some, figures, offset)


def _of_some(grid: DayGrid, rows: ndarray, hourly_use: Mapping[str, ndarray], offset: int) -> Iterator[Alert]:
    import numpy

    from analytics.analysis.anomalies import detection

    costs = numpy.zeros((len(rows), grid.known.shape[1] - offset, HOURS))
    at = numpy.searchsorted(rows, hourly_use["series"] - grid.numbers[0])
    costs[at, hourly_use["day_number"] - grid.first - offset, hourly_use["hour"]] = hourly_use["cost"]
    usual = numpy.where(grid.feedback.left_out[rows, offset:, None], 0.0, costs)
    found, days = unusual_hours(costs, max(0, grid.start - detection.WINDOW_DAYS - offset), usual)
    found &= ~grid.feedback.silenced[rows, offset:, None]
    row, column = numpy.nonzero(found.any(axis=2))
    for episode in detection.episodes(row, column):
        own, begin, end = int(row[episode][0]), int(column[episode][0]), int(column[episode][-1])
        if end + offset >= grid.start:
            hours = numpy.flatnonzero(found[own, begin : end + 1].any(axis=0)).tolist()
            confidence = "high" if days[own, begin] >= CERTAIN_DAYS else "medium"
            alert = grid.alert(int(rows[own]), "unusual_hour", (begin + offset, end + offset), confidence, None)
            yield alert._replace(hours=sum(1 << hour for hour in hours))
