"""The alerts about keys from their daily figures: kind, first and last day, and confidence.

Costs are at constant prices here, so that a price change of the vendor raises no alert. The cost of an alert and its drivers are
computed from its days afterwards (see `hot_keys`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from analytics.analysis.anomalies.day_grid import Alert, DayGrid, ScoredWindow, history
from analytics.analysis.anomalies.feedback_mask import feedback_mask
from analytics.analysis.anomalies.key_lifecycle import lifecycle_alerts
from analytics.analysis.anomalies.unusual_hours import unusual_hour_alerts
from analytics.analysis.daily_series import Daily, Label, grid, some_series
from analytics.analysis.parallel import side_by_side
from analytics.analysis.windows import COMPARED_DAYS
from analytics.core.period import Period

if TYPE_CHECKING:
    from analytics.analysis.anomalies.detection import Outliers

SERIES_AT_ONCE = 512
MEASURES = ("cost", "requests", "hits", "input", "tokens", "dearness", "peak_tokens", "is_peak_day")
FLOOR_RATIO = 0.02
"""The floor of an alert: a fiftieth of the daily cost of its account, or the average of a key where that is less."""
SUSTAINED_DAYS = 5
"""Active days from which on a spike is a sustained rise."""
CERTAIN_DAYS, CERTAIN_SCORE = 56, 8.0


class Ratio(NamedTuple):
    """A kind of alert about a ratio: numerator, denominator, the sign of a costly step, and its least size, relative or absolute."""

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
    """The alerts of a period and their days as query parameters; feedback on days is the relation `feedback_day` of `figures`."""
    floors = _floors(figures)
    alerts = list(chain.from_iterable(side_by_side(partial(_alerts, figures, period, floors), some_series(figures, SERIES_AT_ONCE))))
    return {"alerts": [_parameter(number, alert, figures.labels[alert.series], floors) for number, alert in enumerate(alerts)]}


def _parameter(number: int, alert: Alert, label: Label, floors: dict[tuple[str, str], float]) -> dict[str, Any]:
    return {
        "number": number,
        **label._asdict(),
        "kind": alert.kind,
        "confidence": alert.confidence,
        "first_date": date.fromordinal(alert.first),
        "last_date": date.fromordinal(alert.last),
        "hours": alert.hours,
        "score": alert.score,
        "floor_cost": floors.get((label.account, label.currency), 0.0),
        "days": [
            {"charge_date": date.fromordinal(day), "compared_dates": [date.fromordinal(other) for other in compared]}
            for day, compared in zip(alert.days, alert.compared, strict=True)
        ],
    }


def _floors(figures: Daily) -> dict[tuple[str, str], float]:
    """Per account and currency the floor of an alert: `FLOOR_RATIO` of the daily cost of the last eight weeks, or the average of a key."""
    import numpy

    totals: dict[tuple[str, str], list[float]] = {}
    of, day, cost = (figures.values[name] for name in ("series", "day_number", "cost"))
    last = max((days[-1] for days in figures.known.values()), default=0)
    recent = day > last - CERTAIN_DAYS
    for label, total in zip(figures.labels, numpy.bincount(of[recent], cost[recent], minlength=len(figures.labels)).tolist(), strict=True):
        totals.setdefault((label.account, label.currency), []).append(total)
    days = {account: max(1, sum(day > last - CERTAIN_DAYS for day in known)) for account, known in figures.known.items()}
    return {
        (account, currency): min(FLOOR_RATIO * sum(of_keys), sum(of_keys) / max(1, sum(total > 0 for total in of_keys)))
        / days.get(account, 1)
        for (account, currency), of_keys in totals.items()
    }


def _alerts(figures: Daily, period: Period, floors: dict[tuple[str, str], float], numbers: list[int]) -> list[Alert]:
    """The alerts of some series. Days before the period are scored as well, so that outliers among them do not count as usual."""
    import numpy

    from analytics.analysis.anomalies import detection

    whole = history(figures, numbers)
    start = max(0, period.start.toordinal() - whole.first) if period.start else 0
    if start >= whole.known.shape[1]:
        return []
    first, measures = grid(figures, MEASURES, numbers, max(0, whole.first + start - COMPARED_DAYS))
    floor = numpy.array([floors[figures.labels[number][::2]] for number in numbers])
    feedback = feedback_mask(figures.further.get("feedback_day", {}), numbers, whole.first, whole.known.shape)
    offset = first - whole.first
    window = ScoredWindow(measures, offset, max(0, start - CERTAIN_DAYS - offset), feedback.since(offset))
    costs = measures["cost"]
    spikes = window.without_silenced(detection.spikes(costs, window.first_scored, floor, window.feedback.usual(costs)))
    unusual = feedback.left_out.copy()
    unusual[spikes.row, spikes.column] = True
    days = DayGrid(numbers, whole.first, start, whole.known, unusual, feedback)
    shifted = (alert for ratio in RATIOS for alert in _shifted(days, ratio, window))
    hours = unusual_hour_alerts(days, figures.further.get("hourly_use", {}))
    return [*_rises(days, spikes, window), *shifted, *lifecycle_alerts(days, figures, whole.active), *hours]


def _rises(days: DayGrid, spikes: Outliers, window: ScoredWindow) -> Iterator[Alert]:
    for row, begin, end, part in _episodes(days, spikes):
        kind = "sustained_rise" if window.active_days(row, begin, end) >= SUSTAINED_DAYS else "spike"
        yield days.alert(row, kind, (begin, end), *_confidence_and_score(spikes, part, days.known_days_before(row, begin)))


def _shifted(days: DayGrid, ratio: Ratio, window: ScoredWindow) -> Iterator[Alert]:
    import numpy

    from analytics.analysis.anomalies import detection

    measures = window.measures
    with numpy.errstate(divide="ignore", invalid="ignore"):
        values = numpy.where(measures[ratio.per] > 0, measures[ratio.of] / measures[ratio.per], numpy.nan)
    if ratio.kind == "peak_hours":
        values = numpy.where(measures["is_peak_day"] > 0, values, numpy.nan)
    usual = window.feedback.usual(values)
    shifts = detection.shifts(values, window.first_scored, ratio.sign, ratio.least, usual, is_relative=ratio.is_relative)
    outliers = window.without_silenced(shifts)
    for row, begin, end, part in _episodes(days, outliers):
        yield days.alert(row, ratio.kind, (begin, end), *_confidence_and_score(outliers, part, days.known_days_before(row, begin)))


def _episodes(days: DayGrid, outliers: Outliers) -> Iterator[tuple[int, int, int, slice]]:
    """The episodes that reach into the period: row, first and last column, and their slice of the flags."""
    from analytics.analysis.anomalies import detection

    row, column = outliers.row.tolist(), outliers.column.tolist()
    for part in detection.episodes(outliers.row, outliers.column):
        if column[part.stop - 1] >= days.start:
            yield row[part.start], column[part.start], column[part.stop - 1], part


def _confidence_and_score(outliers: Outliers, part: slice, history: int) -> tuple[str, float]:
    """The confidence of an episode, and its score: the highest of its days, rounded to 4 decimals."""
    # Further decimals depend on the order in which the database adds up.
    score = round(float(outliers.score[part].max()), 4)
    if outliers.is_irregular[part].all() or history < CERTAIN_DAYS // 2:
        return "low", score
    return ("high" if score >= CERTAIN_SCORE and history >= CERTAIN_DAYS else "medium"), score
