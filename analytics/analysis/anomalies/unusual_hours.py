"""The detection of unusual hours: use at an hour of the day at which a key was hardly ever used in the eight weeks before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from analytics.analysis.anomalies.day_grid import Alert, DayGrid

if TYPE_CHECKING:
    from numpy import ndarray

HOURS = 24
LEAST_DAYS = 14
"""The least number of days of use with known hours to establish usual hours."""
RARE = 0.06
"""An hour is rare where it or a neighbouring hour was used on less than this share of the days of use."""
LEAST_COST = 0.5
"""The least cost of the rare hours of a day, as a share of an average day of use."""
MOST_NOVEL = 0.1
"""The largest share of days of use with rare hours; a key with more of them has no usual hours."""


def unusual_hours(costs: ndarray, first: int, usual: ndarray | None = None) -> tuple[ndarray, ndarray]:
    """Material rare hours from day `first` on as a mask of series × days × hours, and per day the number of days of use before it.

    `costs` are series × days × 24 hours; `usual` is the same with days that no other is compared with set to 0. Hours wrap around
    midnight: hour 23 is next to hour 0. A day is compared with earlier days alone.
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
    """Mask of series × days × hours: whether the hour and its neighbours were hardly ever used on the days before."""
    import numpy

    from analytics.analysis.anomalies import detection

    touched = active | numpy.roll(active, 1, axis=2) | numpy.roll(active, -1, axis=2)
    rare = numpy.empty(active.shape, bool)
    for hour in range(HOURS):
        rare[:, :, hour] = detection.before(touched[:, :, hour], 1, detection.WINDOW_DAYS) < RARE * days
    return rare


SERIES_AT_ONCE = 128
"""The number of series at a time, so that arrays of 24 hours per day fit into memory."""
CERTAIN_DAYS = 28
"""The least number of days of use with known hours for an alert of high confidence."""


def unusual_hour_alerts(grid: DayGrid, hourly_use: Mapping[str, ndarray]) -> Iterator[Alert]:
    """The alerts about unusual hours; `hourly_use` has arrays `series`, `day_number`, `hour` and `cost`, sorted by series, or is empty."""
    import numpy

    from analytics.analysis.anomalies import detection

    if not hourly_use:
        return
    part = slice(*numpy.searchsorted(hourly_use["series"], [grid.numbers[0], grid.numbers[-1] + 1]))
    rows = hourly_use["series"][part] - grid.numbers[0]
    # Hours are scored from eight weeks before the period on, so that an alert that continues into it has its true beginning.
    offset = max(0, grid.start - 3 * detection.WINDOW_DAYS)
    known = numpy.unique(rows)
    for some in (known[start : start + SERIES_AT_ONCE] for start in range(0, len(known), SERIES_AT_ONCE)):
        is_in_batch = numpy.isin(rows, some) & (hourly_use["day_number"][part] >= grid.first + offset)
        figures = {name: values[part][is_in_batch] for name, values in hourly_use.items()}
        yield from _of_some(grid, some, figures, offset)


def _of_some(grid: DayGrid, rows: ndarray, hourly_use: Mapping[str, ndarray], offset: int) -> Iterator[Alert]:
    import numpy

    from analytics.analysis.anomalies import detection

    costs = numpy.zeros((len(rows), grid.known.shape[1] - offset, HOURS))
    at = numpy.searchsorted(rows, hourly_use["series"] - grid.numbers[0])
    costs[at, hourly_use["day_number"] - grid.first - offset, hourly_use["hour"]] = hourly_use["cost"]
    usual = numpy.where(grid.feedback.left_out[rows, offset:, None], 0.0, costs)
    unusual, days = unusual_hours(costs, max(0, grid.start - detection.WINDOW_DAYS - offset), usual)
    unusual &= ~grid.feedback.silenced[rows, offset:, None]
    row, column = numpy.nonzero(unusual.any(axis=2))
    for episode in detection.episodes(row, column):
        own, begin, end = int(row[episode][0]), int(column[episode][0]), int(column[episode][-1])
        if end + offset >= grid.start:
            hours = numpy.flatnonzero(unusual[own, begin : end + 1].any(axis=0)).tolist()
            confidence = "high" if days[own, begin] >= CERTAIN_DAYS else "medium"
            alert = grid.alert(int(rows[own]), "unusual_hour", (begin + offset, end + offset), confidence, None)
            yield alert._replace(hours=sum(1 << hour for hour in hours))
