"""Period rules: which periods a schedule has written about by a day of the calendar; pure, it reads no clock and no data.

A rule answers for every day since the schedule began, so that a machine that was off catches up. A window that moves on each day
is worth writing once: of `last_7_days` only the newest counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from analytics.core.period import Period

CATCH_UP_DAYS = 400
"""How far back a schedule catches up."""

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Rule:
    """How a period follows from a day. `is_open`: it is written as it grows, and waits for no day."""

    name: str
    period: Callable[[date], Period]
    label: Callable[[Period], str]
    is_rolling: bool = False
    is_open: bool = False

    def periods(self, since: date, today: date) -> list[Period]:
        """The periods of all days from `since` to `today`, the oldest first; of a rolling rule today's alone.

        >>> [str(period) for period in RULES["previous_month"].periods(date(2026, 6, 30), date(2026, 8, 1))]
        ['2026-05', '2026-06', '2026-07']
        """
        if self.is_rolling:
            return [self.period(today)]
        begun = max(min(since, today), today - CATCH_UP_DAYS * _DAY)
        # Of a period that grows, the last day that has it tells how far.
        newest = {self.label(period): period for period in map(self.period, _days(begun, today))}
        return list(newest.values())


def _days(first: date, last: date) -> Iterator[date]:
    return (first + number * _DAY for number in range((last - first).days + 1))


def _previous_month(today: date) -> Period:
    end = today.replace(day=1)
    return Period((end - _DAY).replace(day=1), end)


def _month_to_date(today: date) -> Period:
    """The month of yesterday up to and with yesterday: on the first of a month, the whole month before."""
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
