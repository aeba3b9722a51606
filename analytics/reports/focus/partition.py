"""A scope cut into parts that memory can hold, one after the other in the order of charges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby
from operator import itemgetter

from analytics.core.period import Period
from analytics.reports.scope import Scope

PART_ROWS = 400_000


def parts(scope: Scope, sizes: Sequence[tuple[str, date, int]], most: int = PART_ROWS) -> list[Scope]:
    """A scope cut, in the order of charges, into as few as have about `most` rows or one day each.

    `sizes` has the rows of every account and day in it, in order.
    """
    if sum(rows for *_, rows in sizes) <= most:
        return [scope]
    return [
        replace(scope, account=account, period=period)
        for account, days in groupby(sizes, key=itemgetter(0))
        for period in _periods(scope.period, [(day, rows) for _, day, rows in days], most)
    ]


def _periods(whole: Period, days: Sequence[tuple[date, int]], most: int) -> Iterator[Period]:
    start, rows = whole.start, 0
    for day, more in days:
        if rows and rows + more > most:
            yield Period(start, day)
            start, rows = day, 0
        rows += more
    yield Period(start, whole.end)
