"""The result of a run or of its preview, with the exit code for timers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from analytics.automation.notifications.event import Notification
from analytics.automation.schedules.due import DuePeriod
from analytics.automation.write_reports import PublishedFiles
from analytics.core.errors import AnalyticsError, ExitCode
from analytics.operations.import_exports import Refusal
from analytics.operations.receipt import Receipt


@dataclass
class Outcome:
    """The result of a run. Of a preview, `imported` are the names of exports to import and `due` the periods to write."""

    receipts: list[Receipt] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    written: list[PublishedFiles] = field(default_factory=list)
    failures: list[tuple[str, AnalyticsError]] = field(default_factory=list)
    news: list[Notification] = field(default_factory=list)
    imported: list[str] = field(default_factory=list)
    due: list[DuePeriod] = field(default_factory=list)

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of the gravest outcome: a failure, a refusal, unreconciled or missing days in new files, a crossed budget."""
        new = [one for one in self.written if one.is_new]
        if self.failures:
            return ExitCode.UNEXPECTED
        if self.refusals:
            return ExitCode.REFUSED
        if any(one.evidence.unreconciled for one in new):
            return ExitCode.UNRECONCILED
        if any(one.task.is_overdue for one in new):
            return ExitCode.INCOMPLETE
        if any(event.kind == "budget-crossed" for event in self.news):
            return ExitCode.BREACHED
        return ExitCode.DONE

    def to_json(self) -> dict[str, Any]:
        """The result as plain JSON values."""
        return {
            "exit_code": int(self.exit_code),
            "imported": self.imported or [receipt.to_json() for receipt in self.receipts],
            "refused": [_failure(one.source_name, one.error) for one in self.refusals],
            "waiting": self.waiting,
            "written": [_set(one) for one in self.written if one.is_new],
            "due": [{"schedule": task.schedule.name, "period": task.label} for task in self.due],
            "failed": [_failure(subject, error) for subject, error in self.failures],
            "noticed": [{"kind": event.kind, "subject": event.subject, "day": event.day} for event in self.news],
        }


def _failure(subject: str, error: AnalyticsError) -> dict[str, str]:
    return {"subject": subject, "code": error.code, "message": error.message, "hint": error.hint}


def _set(one: PublishedFiles) -> dict[str, Any]:
    return {
        "schedule": one.task.schedule.name,
        "period": one.task.label,
        "is_complete": one.evidence.is_complete,
        "is_reconciled": not one.evidence.unreconciled,
        "files": [str(path) for path in one.paths],
        "manifest": str(one.manifest),
    }
