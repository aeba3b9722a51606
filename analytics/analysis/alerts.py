"""Which keys need attention, from their daily figures: what kind, from when to when, how sure; of money it knows only what is too little.

Costs are at steady prices here, so that a price of the vendor alerts nobody. What an alert cost, and why, is worked out from its days.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from analytics.analysis.series import Daily, grids
from analytics.period import Period

if TYPE_CHECKING:
    from numpy import ndarray

    from analytics.analysis.anomaly import Outliers

    Grid = dict[str, ndarray]

MEASURES = ("cost", "requests", "hits", "input", "tokens", "dearness", "peak_tokens", "is_peak_day")
FLOOR_RATIO = 0.02
"""What is less than two hundredths of what its account costs a day wakes nobody, unless it has so many keys that one costs less."""
SUSTAINED_DAYS = 5
"""Active days from which on a spike is a rise."""
SEEN_DAYS = 14
"""Days that an account must have been known before a key is called new."""
REVIVED_DAYS, SILENT_DAYS = 21, 7
SILENT_GAPS = 3
"""A key is silent when it has been unused so many times as long as ever before, and revived after twice as long."""
TRUSTED_DAYS, TRUSTED_SCORE = 56, 8.0
COMPARED_DAYS, LOOKED_BACK_WEEKS = 4, 8
WHOLE = 12
"""A day weighs as much as one to four days that it is compared with together."""


class Alert(NamedTuple):
    """One key and one kind; days are ordinals. `compared` are pairs of a day before and its weight in twelfths."""

    series: int
    kind: str
    first: int
    last: int
    confidence: str
    score: float | None
    days: list[int]
    compared: list[tuple[int, int]]


class Ratio(NamedTuple):
    """A kind of alert about a ratio: numerator and denominator, the direction that costs, and the least step, of its median or as it is."""

    kind: str
    of: str
    per: str
    sign: int
    least: float
    is_relative: bool


RATIOS = (
    Ratio("cache_hit_collapse", "hits", "input", -1, 0.2, is_relative=False),
    Ratio("request_cost", "cost", "requests", 1, 0.5, is_relative=True),
    Ratio("dearer_model", "dearness", "tokens", 1, 0.25, is_relative=True),
    Ratio("peak_hours", "peak_tokens", "tokens", 1, 0.2, is_relative=False),
)


def parameters(figures: Daily, period: Period, _by: object = None) -> dict[str, list[Any]]:
    """The alerts of a period and their days, as the question takes them."""
    floors = _floors(figures)
    found = [alert for part in grids(figures, MEASURES) for alert in _alerts(figures, period, floors, *part)]
    days = [(number, day, WHOLE, 0) for number, alert in enumerate(found) for day in alert.days]
    days += [(number, day, 0, weight) for number, alert in enumerate(found) for day, weight in alert.compared]
    return {
        "alert_numbers": list(range(len(found))),
        "alert_accounts": [figures.labels[alert.series].account for alert in found],
        "alert_keys": [figures.labels[alert.series].api_key for alert in found],
        "alert_currencies": [figures.labels[alert.series].currency for alert in found],
        "alert_kinds": [alert.kind for alert in found],
        "alert_confidences": [alert.confidence for alert in found],
        "alert_starts": [date.fromordinal(alert.first) for alert in found],
        "alert_ends": [date.fromordinal(alert.last) for alert in found],
        "alert_days": [len(alert.days) for alert in found],
        "alert_scores": [alert.score for alert in found],
        "alert_floors": [floors.get(figures.labels[alert.series][::2], 0.0) for alert in found],
        "day_numbers": [number for number, *_ in days],
        "day_dates": [date.fromordinal(day) for _, day, *_ in days],
        "day_weights": [weight for *_, weight, _ in days],
        "day_weights_before": [weight for *_, weight in days],
    }


def _floors(figures: Daily) -> dict[tuple[str, str], float]:
    """Per account and currency the least that matters: a part of what its last eight weeks cost a day, or what one key did on average."""
    import numpy

    totals: dict[tuple[str, str], list[float]] = {}
    of, day, cost = (figures.values[name] for name in ("series", "day_number", "cost"))
    last = max((days[-1] for days in figures.known.values()), default=0)
    recent = day > last - TRUSTED_DAYS
    for label, total in zip(figures.labels, numpy.bincount(of[recent], cost[recent], minlength=len(figures.labels)).tolist(), strict=True):
        totals.setdefault((label.account, label.currency), []).append(total)
    days = {account: max(1, sum(day > last - TRUSTED_DAYS for day in known)) for account, known in figures.known.items()}
    return {
        about: min(FLOOR_RATIO * sum(of_keys), sum(of_keys) / max(1, sum(total > 0 for total in of_keys))) / days.get(about[0], 1)
        for about, of_keys in totals.items()
    }


def _alerts(
    figures: Daily, period: Period, floors: dict[tuple[str, str], float], numbers: list[int], first: int, grid: Grid
) -> Iterator[Alert]:
    """The alerts of some keys. Days before the period are looked at too, so that none that stands out is taken for usual."""
    import numpy

    from analytics.analysis import anomaly

    length = grid["cost"].shape[1]
    start = max(0, period.start.toordinal() - first) if period.start else 0
    floor = numpy.array([floors[figures.labels[number][::2]] for number in numbers])
    spikes = anomaly.spikes(grid["cost"], max(0, start - TRUSTED_DAYS), floor)
    flagged = numpy.zeros(grid["cost"].shape, bool)
    flagged[spikes.row, spikes.column] = True
    place = _Place(numbers, first, start, ~numpy.isnan(grid["cost"]), flagged)
    if start < length:
        yield from _rises(place, spikes, grid["cost"] > 0)
        for ratio in RATIOS:
            yield from _shifted(place, ratio, grid, start)
        yield from _turns(place, figures, grid["tokens"] + grid["requests"] > 0)


class _Place(NamedTuple):
    """Where a grid lies: its series, the ordinal of its first column, the column of the period, the days known, the days that stand out."""

    numbers: list[int]
    first: int
    start: int
    known: ndarray
    flagged: ndarray

    def alert(self, row: int, kind: str, columns: tuple[int, int], confidence: str, score: float | None) -> Alert:
        """An alert from one column to another."""
        begin, end = columns
        days = [column for column in range(begin, end + 1) if self.known[row, column]]
        compared = [] if kind == "new_key" else [pair for day in days for pair in self._compared(row, day, begin)]
        return Alert(
            self.numbers[row], kind, self.first + begin, self.first + end, confidence, score, [self.first + day for day in days], compared
        )

    def history(self, row: int, column: int) -> int:
        """How many days of a series were known before a column."""
        return int(self.known[row, :column].sum())

    def _compared(self, row: int, day: int, begin: int) -> list[tuple[int, int]]:
        """Up to four of the same weekday before the alert began: known, and nothing out of the way themselves."""
        earlier = range(day - 7 * -(-(day - begin + 1) // 7), max(-1, begin - 7 * LOOKED_BACK_WEEKS - 7), -7)
        usable = [column for column in earlier if column >= 0 and self.known[row, column] and not self.flagged[row, column]]
        chosen = usable[:COMPARED_DAYS]
        return [(self.first + column, WHOLE // len(chosen)) for column in chosen]


def _rises(place: _Place, spikes: Outliers, active: ndarray) -> Iterator[Alert]:
    for row, begin, end, part in _episodes(place, spikes):
        days = int(active[row, begin : end + 1].sum())
        kind = "sustained_rise" if days >= SUSTAINED_DAYS else "spike"
        yield place.alert(row, kind, (begin, end), *_trust(spikes, part, place.history(row, begin)))


def _shifted(place: _Place, ratio: Ratio, grid: Grid, start: int) -> Iterator[Alert]:
    import numpy

    from analytics.analysis import anomaly

    with numpy.errstate(divide="ignore", invalid="ignore"):
        values = numpy.where(grid[ratio.per] > 0, grid[ratio.of] / grid[ratio.per], numpy.nan)
    if ratio.kind == "peak_hours":
        values = numpy.where(grid["is_peak_day"] > 0, values, numpy.nan)
    found = anomaly.shifts(values, start, ratio.sign, ratio.least, is_relative=ratio.is_relative)
    for row, begin, end, part in _episodes(place, found):
        yield place.alert(row, ratio.kind, (begin, end), *_trust(found, part, place.history(row, begin)))


def _episodes(place: _Place, found: Outliers) -> Iterator[tuple[int, int, int, slice]]:
    """Those that reach into the period: the row, the first and the last column, and where they are in the flags."""
    from analytics.analysis import anomaly

    for part in anomaly.episodes(found.row, found.column):
        begin, end = int(found.column[part][0]), int(found.column[part][-1])
        if end >= place.start:
            yield int(found.row[part][0]), begin, end, part


def _trust(found: Outliers, part: slice, history: int) -> tuple[str, float]:
    """How sure an episode is, and its score: the best of its days tells."""
    score = float(found.score[part].max())
    if found.is_irregular[part].all() or history < TRUSTED_DAYS // 2:
        return "low", score
    return ("high" if score >= TRUSTED_SCORE and history >= TRUSTED_DAYS else "medium"), score


def _turns(place: _Place, figures: Daily, active: ndarray) -> Iterator[Alert]:
    """Keys that are new, that came back, or that went silent."""
    import numpy

    order = place.known.cumsum(axis=1)
    row, column = numpy.nonzero(active)
    begins = numpy.searchsorted(row, numpy.arange(len(place.numbers)))
    ends = numpy.searchsorted(row, numpy.arange(len(place.numbers)), side="right")
    gaps = numpy.zeros(len(row), int)
    gaps[1:] = order[row[1:], column[1:]] - order[row[:-1], column[:-1]] - 1
    gaps[begins[begins < ends]] = 0
    last = active.shape[1] - 1
    used_keys = numpy.flatnonzero(begins < ends)
    longest = numpy.zeros(len(place.numbers), int)
    longest[used_keys] = numpy.maximum.reduceat(gaps, begins[used_keys]) if len(used_keys) else 0
    silences = order[:, -1] - order[numpy.arange(len(order)), _last(active)]
    is_turned = (longest >= REVIVED_DAYS) | (silences >= SILENT_DAYS)
    is_turned[used_keys] |= column[begins[used_keys]] >= place.start
    for key in numpy.flatnonzero(is_turned & (begins < ends)).tolist():
        used, own = column[begins[key] : ends[key]], gaps[begins[key] : ends[key]]
        if used[0] >= place.start and _is_new(place, figures, key, int(used[0])):
            yield place.alert(key, "new_key", (int(used[0]), last), "high", None)
        if longest[key] >= REVIVED_DAYS:
            yield from _revived(place, key, used, own)
        silent = int(silences[key])
        least = max(SILENT_DAYS, SILENT_GAPS * int(longest[key]) + 1)
        if silent >= least and len(used) >= _least_active():
            told = int(numpy.searchsorted(order[key], order[key, used[-1]] + least))
            if told >= place.start:
                yield place.alert(key, "silent_key", (int(used[-1]) + 1, last), "high" if silent >= 2 * least else "medium", None)


def _last(active: ndarray) -> ndarray:
    """Per row the last column that is active."""
    found: ndarray = active.shape[1] - 1 - active[:, ::-1].argmax(axis=1)
    return found


def _least_active() -> int:
    from analytics.analysis import anomaly

    return anomaly.LEAST_ACTIVE


def _is_new(place: _Place, figures: Daily, key: int, column: int) -> bool:
    known = figures.known.get(figures.labels[place.numbers[key]].account, [])
    return sum(day < place.first + column for day in known[:SEEN_DAYS]) >= SEEN_DAYS


def _revived(place: _Place, key: int, used: ndarray, gaps: ndarray) -> Iterator[Alert]:
    """Uses after a pause that was twice as long as any before it; it lasts until the next pause."""
    for at in range(_least_active(), len(used)):
        if used[at] >= place.start and gaps[at] >= REVIVED_DAYS and gaps[at] > 2 * gaps[:at].max():
            yield place.alert(key, "revived_key", (int(used[at]), int(used[-1])), "high", None)
