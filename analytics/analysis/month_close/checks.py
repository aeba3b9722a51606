"""What stands in the way of a close, in words with stable codes: from the completeness of a month and its differences; pure."""

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
    """A check that an account's month failed: its code, what is wrong, and with which days."""

    code: str
    wrong: str
    dates: list[date]

    def __str__(self) -> str:
        return f"{self.wrong}: {days_text(self.dates)}"


def failed_checks(found: Completeness, differences: Frame, *, is_over: bool) -> Iterator[FailedCheck]:
    """What is in doubt in a month of the account of `found`, gravest first; `differences` are those of the month."""
    incomplete = INCOMPLETE if is_over else RUNNING
    results = [
        (incomplete, "days that no export tells of", found.absent_dates),
        (incomplete, "days in progress when exported", found.partial_dates),
        (INCOMPLETE, "days before which hours are missing", found.gap_dates),
        (OVERLAP, "days with hours counted twice, where days of different offsets meet", found.overlapping_dates),
        *(
            (UNRECONCILED, f"days on which bill and usage do not agree, because {why}", dates)
            for why, dates in _reasons(found.account, differences)
        ),
    ]
    return (FailedCheck(*one) for one in results if one[-1])


def _reasons(account: str, differences: Frame) -> list[tuple[str, list[date]]]:
    """The days that do not reconcile, by the reason."""
    dates: dict[str, set[date]] = defaultdict(set)
    for row in differences.records():
        if row["account"] == account:
            dates[row["reason"]].add(row["charge_date"])
    return [(reason, sorted(days)) for reason, days in sorted(dates.items())]
