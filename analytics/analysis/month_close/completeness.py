"""The completeness of a period per account: which days are absent, partial, overlapping, after a gap or unreconciled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analytics.core.frame import Frame
    from analytics.core.period import Period


@dataclass(frozen=True)
class Completeness:
    """The dates that keep the period of an account from its close, by the check that they fail."""

    account: str
    partial_dates: list[date]
    absent_dates: list[date]
    overlapping_dates: list[date]
    gap_dates: list[date]
    unreconciled_dates: list[date]

    @property
    def is_complete(self) -> bool:
        """Whether every day is known, and had ended when it was exported."""
        return not (self.partial_dates or self.absent_dates)

    @property
    def is_reconciled(self) -> bool:
        """Whether the bill and the usage agree on every day that is known."""
        return not self.unreconciled_dates

    @property
    def is_exact(self) -> bool:
        """Whether every hour is counted exactly once."""
        return not (self.overlapping_dates or self.gap_dates)

    def besides(self, dates: Iterable[date]) -> Completeness:
        """The same without `dates` among the partial and absent days: evidence of these days exists and arrived late."""
        late = set(dates)
        partial, absent = ([day for day in days if day not in late] for days in (self.partial_dates, self.absent_dates))
        return replace(self, partial_dates=partial, absent_dates=absent)


def completeness(period: Period, coverage: Frame, differences: Frame) -> list[Completeness]:
    """The completeness of the period of each account in `coverage`; `differences` are those of the period.

    A day of the period that `coverage` does not list is absent: no export reaches it. `coverage` that begins before the period
    includes accounts that were in use earlier and have no data since. Of an open period, only the listed days count.
    """
    accounts = dict.fromkeys(coverage.values("account"))
    return [_of(account, period, coverage, differences) for account in accounts]


def _days(period: Period, known: Iterable[date]) -> list[date]:
    if period.start is None or period.end is None:
        return sorted(known)
    return [period.start + timedelta(days=number) for number in range((period.end - period.start).days)]


def _of(account: str, period: Period, coverage: Frame, differences: Frame) -> Completeness:
    known = {row["charge_date"]: row for row in coverage.records() if row["account"] == account}
    days = _days(period, known)
    listed = {day: known[day] for day in days if day in known}
    unreconciled = {row["charge_date"] for row in differences.records() if row["account"] == account}
    return Completeness(
        account,
        partial_dates=[day for day, row in listed.items() if row["is_complete"] is False],
        absent_dates=[day for day in days if day not in listed or listed[day]["status"] == "absent"],
        overlapping_dates=[day for day, row in listed.items() if row["overlap_hours"]],
        gap_dates=[day for day, row in listed.items() if row["gap_hours"]],
        unreconciled_dates=sorted(unreconciled),
    )
