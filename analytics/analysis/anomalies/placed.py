"""An alert, and where on a grid of days its series lie: from rows and columns to keys and dates; it judges nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from analytics.analysis.anomalies.feedback_mask import Verdicts

if TYPE_CHECKING:
    from numpy import ndarray

COMPARED_DAYS, LOOKED_BACK_WEEKS = 4, 8
WHOLE = 12
"""A day weighs as much as one to four days that it is compared with together."""


class Alert(NamedTuple):
    """One key and one kind; days are ordinals. `compared` are pairs of a day before and its weight in twelfths.

    `hours` are those of the day that it is about, where not all are, as the bits of a number.
    """

    series: int
    kind: str
    first: int
    last: int
    confidence: str
    score: float | None
    days: list[int]
    compared: list[tuple[int, int]]
    hours: int = 0


class Place(NamedTuple):
    """Where a grid lies: its series, the ordinal of its first column, the column of the period; which days are known, and which unusual."""

    numbers: list[int]
    first: int
    start: int
    known: ndarray
    unusual: ndarray
    said: Verdicts

    def alert(self, row: int, kind: str, columns: tuple[int, int], confidence: str, score: float | None) -> Alert:
        """An alert from one column to another."""
        begin, end = columns
        told = self.known[row, begin : end + 1] & ~self.said.silenced[row, begin : end + 1]
        days = [begin + place for place, is_told in enumerate(told.tolist()) if is_told]
        compared = [] if kind == "new_key" else self._compared(row, days, begin)
        return Alert(
            self.numbers[row], kind, self.first + begin, self.first + end, confidence, score, [self.first + day for day in days], compared
        )

    def history(self, row: int, column: int) -> int:
        """How many days of a series were known before a column."""
        import numpy

        return int(numpy.count_nonzero(self.known[row, :column]))

    def _compared(self, row: int, days: list[int], begin: int) -> list[tuple[int, int]]:
        """For each day up to four of the same weekday before the alert began: known, and nothing out of the way themselves."""
        low = max(0, begin - 7 * LOOKED_BACK_WEEKS - 6)
        usable = (self.known[row, low:begin] & ~self.unusual[row, low:begin]).tolist()
        found = []
        for day in days:
            earlier = range(day - 7 * -(-(day - begin + 1) // 7), low - 1, -7)
            chosen = [column for column in earlier if usable[column - low]][:COMPARED_DAYS]
            found += [(self.first + column, WHOLE // len(chosen)) for column in chosen]
        return found
