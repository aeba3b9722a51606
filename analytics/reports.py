"""A report is a question's frame with what a reader must be told beside it: unreconciled and partial days; it formats no table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from analytics import metrics
from analytics.frame import Frame
from analytics.period import days_text

if TYPE_CHECKING:
    from analytics.store.database import Database


@dataclass(frozen=True)
class Report:
    """The frame, and the days of its scope that do not reconcile or were in progress when exported."""

    frame: Frame
    scope: metrics.Scope
    unreconciled_dates: list[date]
    partial_dates: list[date]
    overlapping_dates: list[date]

    @property
    def notes(self) -> list[str]:
        """What must be said wherever this report is shown."""
        notes = []
        if self.unreconciled_dates:
            notes.append(f"not reconciled: {days_text(self.unreconciled_dates)}; see `keyspend report reconciliation`")
        if self.partial_dates:
            notes.append(f"in progress when exported: {days_text(self.partial_dates)}; export again to complete")
        if self.overlapping_dates:
            overlapping = days_text(self.overlapping_dates)
            notes.append(f"hours counted twice, where days of different offsets meet: {overlapping}; see `keyspend report coverage`")
        return notes


def report(database: Database, name: str, scope: metrics.Scope) -> Report:
    """The report `name` about `scope`. Raises UsageError as `metrics.answer` does."""
    frame = metrics.answer(database, name, scope)
    if scope.key:
        unreconciled = metrics.dates(database, "scoped_usage", "NOT is_reconciled", scope)
    else:
        unreconciled = metrics.dates(database, "scoped_reconciliation", "status = 'unreconciled'", scope)
    partial = metrics.dates(database, "scoped_day", "NOT is_complete", scope)
    overlapping = metrics.dates(database, "scoped_day", "(account, charge_date) IN (SELECT (account, charge_date) FROM day_overlap)", scope)
    return Report(frame, scope, unreconciled, partial, overlapping)
