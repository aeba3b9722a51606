"""Half-open periods of days, each day at the offset of its export."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from analytics.core.errors import UsageError

_UNREAL = ("0000", "0001", "9999")
"""Years whose neighbours are outside the range of `date`."""


@dataclass(frozen=True)
class Period:
    """The days from `start` to before `end`; either side may be open (None). Raises UsageError for a period without a day."""

    start: date | None = None
    end: date | None = None

    def __post_init__(self) -> None:
        if self.start and self.end and self.start >= self.end:
            raise UsageError(
                "period-empty",
                f"the period from {self.start} to {self.end} holds no day",
                "--to is exclusive: for one day, name the day after it",
            )

    @property
    def is_month(self) -> bool:
        """Whether the period is exactly one calendar month."""
        return self.start is not None and self.start.day == 1 and self.end == next_month(self.start)

    def __str__(self) -> str:
        if self.is_month:
            return f"{self.start:%Y-%m}"
        if self.start is None and self.end is None:
            return "all days"
        first = str(self.start) if self.start else "the first day"
        last = str(self.end - timedelta(days=1)) if self.end else "the last day"
        return first if first == last else f"{first} to {last}"


ALL_DAYS = Period()


def next_month(day: date) -> date:
    """Return the first day of the month after that of `day`."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def like_before(period: Period, first: date, last: date) -> Period | None:
    """Return the base period for comparisons with `period`, where evidence runs from day `first` to day `last`; None before year 1.

    A calendar month is compared with the month before, any other range with as many days just before it. Where evidence stops
    inside the period, only as many days are compared: the month so far with the same days of the month before. An open side
    ends with the evidence.

    >>> print(like_before(month("2026-09"), date(2026, 4, 1), date(2026, 9, 16)))
    2026-08-01 to 2026-08-16
    """
    start = period.start or min(first, (period.end or last) - timedelta(days=1))
    end = period.end or max(last, start) + timedelta(days=1)
    known_end = min(end, last + timedelta(days=1)) if last >= start else end
    length = known_end - start
    if start.toordinal() <= length.days:
        return None
    if not period.is_month:
        return Period(start - length, start)
    month_before = (start - timedelta(days=1)).replace(day=1)
    return Period(month_before, start if known_end == end else min(start, month_before + length))


def month(text: str) -> Period:
    """Return the period of a month written `YYYY-MM`. Raises UsageError for anything else."""
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text, re.ASCII) or text.startswith(_UNREAL):
        raise UsageError("period-month", f"a month is written YYYY-MM, for example 2026-06, not {text!r}")
    first = date(int(text[:4]), int(text[5:]), 1)
    return Period(first, next_month(first))


def day(text: str) -> date:
    """Return the day written `YYYY-MM-DD`. Raises UsageError for anything else."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) and not text.startswith(_UNREAL):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise UsageError("period-day", f"a day is written YYYY-MM-DD, for example 2026-06-30, not {text!r}")


def days_text(dates: Iterable[date]) -> str:
    """Return days as text, consecutive days as a range: 2026-06-01 to 2026-06-03, 2026-06-07."""
    runs: list[list[date]] = []
    for day in sorted(dates):
        if runs and day.toordinal() == runs[-1][-1].toordinal() + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)
