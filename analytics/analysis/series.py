"""Daily figures as arrays: which series there are, which days are known of each account, and the values of days with use.

It asks nothing and computes nothing; a day that is known and has no value is nothing, a day that is not known is no day at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from numpy import ndarray


class Label(NamedTuple):
    """What a series is of: a key, or an account where `api_key` is None."""

    account: str
    api_key: str | None
    currency: str


class Daily(NamedTuple):
    """Series by number; days by their ordinal; `values` ascend by `series`, then `day_number`, and have a column per measure.

    `beside` are further columns by the name of their relation, in the same order.
    """

    labels: list[Label]
    known: dict[str, list[int]]
    values: Mapping[str, ndarray]
    beside: Mapping[str, Mapping[str, ndarray]] = {}


def daily(
    labels: Iterable[tuple[str, str | None, str]],
    known: Iterable[tuple[str, int]],
    values: Mapping[str, ndarray],
    beside: Mapping[str, Mapping[str, ndarray]] | None = None,
) -> Daily:
    """Daily figures from rows of labels, rows of known days of accounts, columns of values, and those of relations beside them."""
    days: dict[str, list[int]] = {}
    for account, day in known:
        days.setdefault(account, []).append(day)
    return Daily([Label(*label) for label in labels], {account: sorted(of) for account, of in days.items()}, values, beside or {})


def grids(figures: Daily, measures: Iterable[str], size: int = 4096) -> Iterator[tuple[list[int], int, dict[str, ndarray]]]:
    """Some series at a time: their numbers, the ordinal of the first column, and per measure an array with a column per day.

    The last column is the last known day of any account. NaN are days that are not known, and those before a series begins.
    """
    import numpy

    chosen = list(measures)
    last = max((days[-1] for days in figures.known.values()), default=0)
    of = figures.values["series"]
    for start in range(0, len(figures.labels) if last else 0, size):
        numbers = list(range(start, min(start + size, len(figures.labels))))
        part = slice(*numpy.searchsorted(of, [start, start + len(numbers)]))
        days = figures.values["day_number"][part]
        first = int(days.min(initial=last))
        rows, columns = of[part] - start, days - first
        places = rows.astype(numpy.int64) * (last - first + 1) + columns
        blank = _blank(figures, numbers, first, last, rows, columns)
        found = {}
        for measure in chosen:
            found[measure] = blank.copy()
            found[measure].ravel()[places] = figures.values[measure][part]
        yield numbers, first, found


def _blank(figures: Daily, numbers: list[int], first: int, last: int, rows: ndarray, columns: ndarray) -> ndarray:
    """Nothing on known days since a series began, NaN on all others."""
    import numpy

    length = last - first + 1
    accounts = sorted({figures.labels[number].account for number in numbers})
    masks = numpy.full((len(accounts), length), numpy.nan)
    for place, account in enumerate(accounts):
        masks[place, [day - first for day in figures.known.get(account, []) if day >= first]] = 0.0
    places = {account: place for place, account in enumerate(accounts)}
    blank = masks[[places[figures.labels[number].account] for number in numbers]]
    begun = numpy.full(len(numbers), length)
    used, firsts = numpy.unique(rows, return_index=True)
    begun[used] = columns[firsts]
    blank[numpy.arange(length) < begun[:, None]] = numpy.nan
    return blank
