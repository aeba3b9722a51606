"""Grids of series × days: masks of known, used and unusual days, measures of the scored window, and alerts on their days."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from analytics.analysis.anomalies.feedback_mask import FeedbackMask
from analytics.analysis.daily_series import Daily, begins, known_days, last_day

if TYPE_CHECKING:
    from numpy import ndarray

    from analytics.analysis.anomalies.detection import Outliers

COMPARED_DAYS, LOOKED_BACK_WEEKS = 4, 8


class Alert(NamedTuple):
    """An alert of one kind about one series; days are ordinals. `compared` are, per day of `days`, the earlier days it is compared with.

    `hours` are the hours of the day concerned as bits of a number, bit 0 for 00:00; 0 where the alert concerns whole days.
    """

    series: int
    kind: str
    first: int
    last: int
    confidence: str
    score: float | None
    days: list[int]
    compared: list[list[int]]
    hours: int = 0


class DayGrid(NamedTuple):
    """Masks of series × days: `numbers` of the series, `first` the ordinal of column 0, `start` the column of the period's first day.

    `known` are the days with data, `unusual` those that no later day is compared with, `feedback` the feedback on days.
    """

    numbers: list[int]
    first: int
    start: int
    known: ndarray
    unusual: ndarray
    feedback: FeedbackMask

    def alert(self, row: int, kind: str, columns: tuple[int, int], confidence: str, score: float | None) -> Alert:
        """An alert about a row of the grid from the first of `columns` to the last."""
        begin, end = columns
        reported = self.known[row, begin : end + 1] & ~self.feedback.silenced[row, begin : end + 1]
        days = [begin + offset for offset, is_reported in enumerate(reported.tolist()) if is_reported]
        compared = [[] for _ in days] if kind == "new_key" else self._compared(row, days, begin)
        return Alert(
            self.numbers[row], kind, self.first + begin, self.first + end, confidence, score, [self.first + day for day in days], compared
        )

    def known_days_before(self, row: int, column: int) -> int:
        """The number of known days of a series before a column."""
        import numpy

        return int(numpy.count_nonzero(self.known[row, :column]))

    def _compared(self, row: int, days: list[int], begin: int) -> list[list[int]]:
        """Per day the ordinals of up to four known, usual days of the same weekday before the alert began."""
        low = max(0, begin - 7 * LOOKED_BACK_WEEKS - 6)
        usable = (self.known[row, low:begin] & ~self.unusual[row, low:begin]).tolist()
        compared = []
        for day in days:
            earlier = range(day - 7 * -(-(day - begin + 1) // 7), low - 1, -7)
            days_before = [column for column in earlier if usable[column - low]][:COMPARED_DAYS]
            compared.append([self.first + column for column in days_before])
        return compared


EARLIER_DAYS = 60
"""The days of a row of `earlier_use`, one bit each."""


class History(NamedTuple):
    """Masks of series × days: known days, from the first use of a series on, and active days; `first` is the ordinal of column 0."""

    first: int
    known: ndarray
    active: ndarray


def history(figures: Daily, numbers: list[int]) -> History:
    """The history of some series: the days of `figures.values`, and older days from the relation `earlier_use`."""
    import numpy

    first_use, last = begins(figures, numbers), last_day(figures)
    first = min(int(first_use.min()), last)
    known = known_days(figures, numbers, first, last)
    known &= numpy.arange(first, last + 1) >= first_use[:, None]
    active = numpy.zeros(known.shape, bool)
    for row, day in _used(figures, numbers):
        active[row, day - first] = True
    return History(first, known, active)


def _used(figures: Daily, numbers: list[int]) -> Iterator[tuple[ndarray, ndarray]]:
    """Rows and ordinals of the days of use."""
    import numpy

    values = figures.of(numbers)
    is_used = values["tokens"] + values["requests"] > 0
    yield values["series"][is_used] - numbers[0], values["day_number"][is_used]
    if earlier := figures.of(numbers, "earlier_use"):
        row, day = numpy.nonzero(earlier["used_days"][:, None] >> numpy.arange(EARLIER_DAYS) & 1)
        yield earlier["series"][row] - numbers[0], earlier["day_number"][row] + day


class ScoredWindow(NamedTuple):
    """Measures as arrays of series × days: column 0 is column `offset` of the history, scoring begins at column `first_scored`."""

    measures: dict[str, ndarray]
    offset: int
    first_scored: int
    feedback: FeedbackMask

    def without_silenced(self, outliers: Outliers) -> Outliers:
        """The outliers that feedback does not silence, with columns of the history."""
        is_reported = ~self.feedback.silenced[outliers.row, outliers.column]
        row, column, score, is_irregular = (values[is_reported] for values in outliers)
        return type(outliers)(row, column + self.offset, score, is_irregular)

    def active_days(self, row: int, begin: int, end: int) -> int:
        """The number of days with cost of a series between two columns of the history, both included."""
        return int((self.measures["cost"][row, begin - self.offset : end + 1 - self.offset] > 0).sum())
