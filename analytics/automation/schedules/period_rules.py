"""The period rules of schedules: the periods to write on a day of the calendar.

A rule covers every day since the schedule began, so that a machine that was off catches up. Of a rolling window such as `last_7_days`
only the newest period is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from analytics.core.period import Period

CATCH_UP_DAYS = 400
"""The largest number of days that a schedule catches up."""

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Rule:
    """A function from a day to a period, with its label. `is_open`: the period is written while it grows, without waiting for its days."""

    name: str
    period: Callable[[date], Period]
    label: Callable[[Period], str]
    is_rolling: bool = False
    is_open: bool = False

    def periods(self, since: date, today: date) -> list[Period]:
        """The periods of all days from `since` to `today`, the oldest first; of a rolling rule only that of `today`.

        >>> [str(period) for period in RULES["previous_month"].periods(date(2026, 6, 30), date(2026, 8, 1))]
        ['2026-05', '2026-06', '2026-07']
        """
        if self.is_rolling:
            return [self.period(today)]
        begun = max(min(since, today), today - CATCH_UP_DAYS * _DAY)
        # Of a growing period, that of the last day with the label counts.
        newest = {self.label(period): period for period in map(self.period, _days(begun, today))}
        return list(newest.values())


def _days(first: date, last: date) -> Iterator[date]:
    return (first + number * _DAY for number in range((last - first).days + 1))


def _previous_month(today: date) -> Period:
    end = today.replace(day=1)
    return Period((end - _DAY).replace(day=1), end)


def _month_to_date(today: date) -> Period:
    """The month of yesterday up to and including yesterday: on the first of a month, the whole month before."""
    return Period((today - _DAY).replace(day=1), today)


def _month_label(period: Period) -> str:
    return f"{period.start:%Y-%m}-to-date"


def _range_label(period: Period) -> str:
    return str(period).replace(" to ", "_")


RULES = {
    rule.name: rule
    for rule in (
        Rule("previous_month", _previous_month, str),
        Rule("month_to_date", _month_to_date, _month_label, is_open=True),
        Rule("yesterday", lambda today: Period(today - _DAY, today), str),
        Rule("last_7_days", lambda today: Period(today - _WEEK, today), _range_label, is_rolling=True),
    )
}
