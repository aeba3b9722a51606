"""Keys that were used at hours at which they hardly ever are, from their hourly figures; the rule itself is in `hours`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from analytics.analysis.anomalies.placed import Alert, Place

if TYPE_CHECKING:
    from numpy import ndarray

SERIES_AT_ONCE = 128
"""Days have 24 hours: so many series fit into memory beside all else."""
TRUSTED_DAYS = 28
"""Days of use whose hours are known, from which on there is little doubt."""


def odd_hours(place: Place, told: Mapping[str, ndarray]) -> Iterator[Alert]:
    """The alerts of a place from `told`: `series`, `day_number`, `hour` and `cost`, by series; nothing where no hours are known."""
    import numpy

    from analytics.analysis.anomalies.detection import WINDOW_DAYS

    if not told:
        return
    part = slice(*numpy.searchsorted(told["series"], [place.numbers[0], place.numbers[-1] + 1]))
    rows = told["series"][part] - place.numbers[0]
    # From eight weeks before the period on, so that what went on then already has begun when it did; and what that rests on.
    offset = max(0, place.start - 3 * WINDOW_DAYS)
    known = numpy.unique(rows)
    for some in (known[start : start + SERIES_AT_ONCE] for start in range(0, len(known), SERIES_AT_ONCE)):
        chosen = numpy.isin(rows, some) & (told["day_number"][part] >= place.first + offset)
        figures = {name: values[part][chosen] for name, values in told.items()}
        yield from _of_some(place, some, figures, offset)


def _of_some(place: Place, rows: ndarray, told: Mapping[str, ndarray], offset: int) -> Iterator[Alert]:
    import numpy

    from analytics.analysis.anomalies import detection, hours

    costs = numpy.zeros((len(rows), place.known.shape[1] - offset, hours.HOURS))
    at = numpy.searchsorted(rows, told["series"] - place.numbers[0])
    costs[at, told["day_number"] - place.first - offset, told["hour"]] = told["cost"]
    usual = numpy.where(place.said.left_out[rows, offset:, None], 0.0, costs)
    found, days = hours.unusual(costs, max(0, place.start - detection.WINDOW_DAYS - offset), usual)
    found &= ~place.said.silenced[rows, offset:, None]
    row, column = numpy.nonzero(found.any(axis=2))
    for episode in detection.episodes(row, column):
        own, begin, end = int(row[episode][0]), int(column[episode][0]), int(column[episode][-1])
        if end + offset >= place.start:
            at_hours = numpy.flatnonzero(found[own, begin : end + 1].any(axis=0)).tolist()
            confidence = "high" if days[own, begin] >= TRUSTED_DAYS else "medium"
            alert = place.alert(int(rows[own]), "unusual_hour", (begin + offset, end + offset), confidence, None)
            yield alert._replace(hours=sum(1 << hour for hour in at_hours))
