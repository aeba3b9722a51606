"""Daily figures as arrays: the series, the known days of each account, and the values of days with use.

A known day without a value counts as 0; a day that is not known is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from numpy import ndarray


class Label(NamedTuple):
    """The subject of a series: a key, or an account where `api_key` is None, in one currency."""

    account: str
    api_key: str | None
    currency: str


class Daily(NamedTuple):
    """Series by number and days by proleptic ordinal; `values` ascend by `series`, then `day_number`, with a column per measure.

    `known` are the ordinals of the known days of each account. `further` are more columns, by the name of their relation and in the
    same order; the relation `earlier_use` holds days before the first day of `values`, where some are left out.
    """

    labels: list[Label]
    known: dict[str, list[int]]
    values: Mapping[str, ndarray]
    further: Mapping[str, Mapping[str, ndarray]] = {}

    def of(self, numbers: list[int], relation: str | None = None) -> dict[str, ndarray]:
        """The columns of consecutive series: of `values`, or of a further relation; empty where that relation is missing."""
        columns = self.further.get(relation, {}) if relation else self.values
        if not columns:
            return {}
        part = slice(*columns["series"].searchsorted([numbers[0], numbers[-1] + 1]))
        return {name: values[part] for name, values in columns.items()}


def daily(
    labels: Iterable[tuple[str, str | None, str]],
    known: Iterable[tuple[str, int]],
    values: Mapping[str, ndarray],
    further: Mapping[str, Mapping[str, ndarray]] | None = None,
) -> Daily:
    """Daily figures from rows of labels, pairs of account and known day, columns of values, and columns of further relations."""
    days: dict[str, list[int]] = {}
    for account, day in known:
        days.setdefault(account, []).append(day)
    return Daily([Label(*label) for label in labels], {account: sorted(of) for account, of in days.items()}, values, further or {})


def last_day(figures: Daily) -> int:
    """The ordinal of the last known day of any account; 0 where no day is known."""
    return max((days[-1] for days in figures.known.values()), default=0)


def some_series(figures: Daily, size: int = 4096) -> list[list[int]]:
    """The numbers of the series in batches of `size`, so that their grids fit into memory; no batch where no day is known."""
    count = len(figures.labels) if figures.known else 0
    return [list(range(start, min(start + size, count))) for start in range(0, count, size)]


def grids(figures: Daily, measures: Iterable[str]) -> Iterator[tuple[list[int], int, dict[str, ndarray]]]:
    """Batches of series: their numbers, the ordinal of the first column, and per measure an array of series × days (see `grid`)."""
    names = list(measures)
    for numbers in some_series(figures):
        yield numbers, *grid(figures, names, numbers)


def grid(figures: Daily, measures: Iterable[str], numbers: list[int], since: int = 0) -> tuple[int, dict[str, ndarray]]:
    """The ordinal of the first column, which is not before `since`, and per measure an array of series × days.

    The last column is the last known day of any account. Days that are not known, and those before a series begins, are NaN.
    """
    import numpy

    begun, last = begins(figures, numbers), last_day(figures)
    first = max(since, min(int(begun.min()), last))
    blank = numpy.where(known_days(figures, numbers, first, last), 0.0, numpy.nan)
    blank[numpy.arange(first, last + 1) < begun[:, None]] = numpy.nan
    values = figures.of(numbers)
    is_within = values["day_number"] >= first
    places = (values["series"][is_within] - numbers[0]).astype(numpy.int64) * blank.shape[1] + values["day_number"][is_within] - first
    arrays = {}
    for measure in measures:
        arrays[measure] = blank.copy()
        arrays[measure].ravel()[places] = values[measure][is_within]
    return first, arrays


def known_days(figures: Daily, numbers: list[int], first: int, last: int) -> ndarray:
    """Mask of series × days from `first` to `last` (ordinals): whether the day is known of the account of the series."""
    import numpy

    accounts = sorted({figures.labels[number].account for number in numbers})
    masks = numpy.zeros((len(accounts), last - first + 1), bool)
    for place, account in enumerate(accounts):
        masks[place, [day - first for day in figures.known.get(account, []) if day >= first]] = True
    places = {account: place for place, account in enumerate(accounts)}
    known: ndarray = masks[[places[figures.labels[number].account] for number in numbers]]
    return known


def begins(figures: Daily, numbers: list[int]) -> ndarray:
    """The ordinal of the first day with use of each series; the day after the last known one where a series has none."""
    import numpy

    begun = numpy.full(len(numbers), last_day(figures) + 1)
    for relation, name in ((None, "day_number"), ("earlier_use", "first_number")):
        if first_days := figures.of(numbers, relation):
            used, firsts = numpy.unique(first_days["series"], return_index=True)
            begun[used - numbers[0]] = first_days[name][firsts]
    return begun
