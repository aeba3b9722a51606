"""The days that are judged and those that they are held against, with their measures: the end of a past. It judges nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from analytics.analysis.anomalies.feedback_mask import Verdicts

if TYPE_CHECKING:
    from numpy import ndarray

    from analytics.analysis.anomalies.detection import Outliers


class Recent(NamedTuple):
    """Measures as arrays of series × days, whose first column is column `offset` of the past; days from column `judged` on are judged."""

    measures: dict[str, ndarray]
    offset: int
    judged: int
    said: Verdicts

    def heard(self, found: Outliers) -> Outliers:
        """Those days, by their columns of the past, of which nobody has said that they were usual, or planned."""
        is_told = ~self.said.silenced[found.row, found.column]
        row, column, score, is_irregular = (values[is_told] for values in found)
        return type(found)(row, column + self.offset, score, is_irregular)

    def active_days(self, row: int, begin: int, end: int) -> int:
        """On how many days from one column of the past to another a series cost something."""
        return int((self.measures["cost"][row, begin - self.offset : end + 1 - self.offset] > 0).sum())
