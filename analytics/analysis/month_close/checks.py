"""The checks before a month close: each failed check with a stable code, a reason and its dates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from analytics.core.period import days_text

if TYPE_CHECKING:
    from analytics.analysis.month_close.completeness import Completeness
    from analytics.core.frame import Frame

RUNNING, INCOMPLETE, OVERLAP, UNRECONCILED = CODES = ("month-running", "month-incomplete", "month-overlap", "month-unreconciled")
"""The checks that a month can fail, gravest first."""


@dataclass(frozen=True)
class FailedCheck:
    """A check that the month of an account failed: its stable code, the reason, and the dates concerned."""

    code: str
    wrong: str
    dates: list[date]

    def __str__(self) -> str:
        return f"{self.wrong}: {days_text(self.dates)}"


def failed_checks(completeness: Completeness, differences: Frame, *, is_over: bool) -> Iterator[FailedCheck]:
    """The failed checks of the month of one account, gravest first; `differences` are those of the month, of all accounts.

    `is_over` is whether the month has ended; before that, incomplete days have the code of a running month.
    """
    incomplete = INCOMPLETE if is_over else RUNNING
    results = [
        (incomplete, "days that no export tells of", completeness.absent_dates),
        (incomplete, "days in progress when exported", completeness.partial_dates),
        (INCOMPLETE, "days before which hours are missing", completeness.gap_dates),
        (OVERLAP, "days with hours counted twice, where days of different offsets meet", completeness.overlapping_dates),
        *(
            (UNRECONCILED, f"days on which bill and usage do not agree, because {why}", dates)
            for why, dates in _reasons(completeness.account, differences)
        ),
    ]
    return (FailedCheck(*one) for one in results if one[-1])


def _reasons(account: str, differences: Frame) -> list[tuple[str, list[date]]]:
    """The unreconciled dates of an account, by reason, both in ascending order."""
    dates: dict[str, set[date]] = defaultdict(set)
    for row in differences.records():
        if row["account"] == account:
            dates[row["reason"]].add(row["charge_date"])
    return [(reason, sorted(days)) for reason, days in sorted(dates.items())]
