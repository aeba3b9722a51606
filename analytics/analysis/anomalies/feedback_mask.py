"""Feedback on days as masks of series × days: silenced days, and days that are left out of the history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from numpy import ndarray


class FeedbackMask(NamedTuple):
    """Masks of series × days: whether alerts about the day are silenced, and whether later days are not compared with it."""

    silenced: ndarray
    left_out: ndarray

    def since(self, column: int) -> FeedbackMask:
        """The masks from a column on."""
        return FeedbackMask(self.silenced[:, column:], self.left_out[:, column:])

    def usual(self, values: ndarray) -> ndarray:
        """The values to compare other days with: NaN on days that are left out."""
        import numpy

        return numpy.where(self.left_out, numpy.nan, values) if self.left_out.any() else values


def feedback_mask(feedback_days: Mapping[str, ndarray], numbers: Sequence[int], first: int, shape: tuple[int, int]) -> FeedbackMask:
    """The feedback on days of consecutive series as masks of `shape`; `first` is the ordinal of column 0.

    `feedback_days` has the columns `series`, `day_number`, `is_silenced` and `is_left_out`, sorted by series; it may be empty.
    """
    import numpy

    grids = FeedbackMask(numpy.zeros(shape, bool), numpy.zeros(shape, bool))
    if not feedback_days:
        return grids
    part = slice(*numpy.searchsorted(feedback_days["series"], [numbers[0], numbers[-1] + 1]))
    rows, columns = feedback_days["series"][part] - numbers[0], feedback_days["day_number"][part] - first
    is_within = (columns >= 0) & (columns < shape[1])
    for grid, name in zip(grids, ("is_silenced", "is_left_out"), strict=True):
        grid[rows[is_within], columns[is_within]] = feedback_days[name][part][is_within].astype(bool)
    return grids
