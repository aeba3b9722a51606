"""All days since keys were first used: which are known, and on which they were used; what that cost is no matter here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from analytics.analysis.daily_series import Daily, begins, known_days, last_day

if TYPE_CHECKING:
    from numpy import ndarray

EARLIER_DAYS = 60
"""The days of a row of `earlier_use`, which has a bit for each."""


class Past(NamedTuple):
    """Masks of series × days: a day is known from the first use of its series on. `first` is the ordinal of the first column."""

    first: int
    known: ndarray
    active: ndarray


def past(figures: Daily, numbers: list[int]) -> Past:
    """The past of some series: of the days of the figures, and of older ones as `earlier_use` beside them tells."""
    import numpy

    begun, last = begins(figures, numbers), last_day(figures)
    first = min(int(begun.min()), last)
    known = known_days(figures, numbers, first, last)
    known &= numpy.arange(first, last + 1) >= begun[:, None]
    active = numpy.zeros(known.shape, bool)
    for row, day in _used(figures, numbers):
        active[row, day - first] = True
    return Past(first, known, active)


def _used(figures: Daily, numbers: list[int]) -> Iterator[tuple[ndarray, ndarray]]:
    """Rows and ordinals of days of use."""
    import numpy

    values = figures.of(numbers)
    is_used = values["tokens"] + values["requests"] > 0
    yield values["series"][is_used] - numbers[0], values["day_number"][is_used]
    if told := figures.of(numbers, "earlier_use"):
        row, day = numpy.nonzero(told["used_days"][:, None] >> numpy.arange(EARLIER_DAYS) & 1)
        yield told["series"][row] - numbers[0], told["day_number"][row] + day
