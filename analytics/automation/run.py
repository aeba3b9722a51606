"""One run: import what is new, write what is due, tell what is news; it can be killed at any moment and run again.

Two runs at once are impossible: the second is refused as busy. What fails for one schedule leaves the others to be done.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from analytics.automation import conditions, inbox
from analytics.automation.notifications.event import KINDS, Notification
from analytics.automation.notifications.send import send
from analytics.automation.run_result import Outcome
from analytics.automation.run_state import RunState
from analytics.automation.schedules.agenda import agenda, latest_agenda
from analytics.automation.schedules.due import DuePeriod
from analytics.automation.schedules.period_evidence import Evidence
from analytics.automation.schedules.schedule import Plan
from analytics.automation.write_reports import written
from analytics.core.clock import Clock
from analytics.core.data_directory import DataDirectory
from analytics.core.errors import AnalyticsError, BusyError, StoreError, UsageError
from analytics.core.files import disk_errors
from analytics.ledger import journal, lock
from analytics.operations import import_exports
from analytics.operations.replay import query_latest

if TYPE_CHECKING:
    from analytics.ledger.database.connection import Database


def run(directory: DataDirectory, plan: Plan, clock: Clock) -> Outcome:
    """Do all that the plan asks for now, and return what was done.

    Raises BusyError while another run or import is at work; any other error is in the notices before it is raised.
    """
    with disk_errors():
        directory.create()
    with lock.writing(directory.run_lock, "run"):
        return _Run(directory, plan, clock()).done()


def preview(directory: DataDirectory, plan: Plan, clock: Clock) -> Outcome:
    """What a run would import and write now; it writes nothing and takes no lock. What an import would make due it cannot know."""
    now = clock()
    memory = RunState.load(directory.memory)
    outcome = Outcome()
    found = inbox.scan(plan.inbox, memory.inbox, _known_exports(directory), now)
    outcome.imported = [source.name for source, _ in found.new]
    outcome.waiting = found.waiting
    found_due = latest_agenda(directory, plan, now)
    outcome.due = found_due.due
    outcome.failures += [(source.name, error) for source, error in found.refused]
    outcome.failures += found_due.failures
    return outcome


def _known_exports(directory: DataDirectory) -> set[str]:
    return {act.arguments["sha256"] for act in journal.read(directory.journal) if act.act == "import"}


class _Run:
    """A run while it is at work; the caller holds the lock."""

    def __init__(self, directory: DataDirectory, plan: Plan, now: datetime) -> None:
        self._directory = directory
        self._plan = plan
        self._now = now
        self._memory = RunState.load(directory.memory)
        self._outcome = Outcome()
        self._events: list[Notification] = []

    def done(self) -> Outcome:
        """Do it."""
        looked_for: tuple[str, ...] = ()
        if self._memory.started_at:
            self._failed("run", StoreError("run-interrupted", f"the run that began at {self._memory.started_at} did not come to its end"))
        self._memory.started_at = f"{self._now.isoformat(timespec='seconds')}Z"
        self._save()
        try:
            self._import()
            if query_latest(self._directory, self._write) is None:
                agenda(None, self._plan, self._memory, self._now)
            looked_for = tuple(KINDS)
        except BusyError:
            raise
        except AnalyticsError as error:
            self._failed("run", error)
            raise
        except Exception as error:
            self._failed("run", StoreError("unexpected", f"something unexpected happened: {type(error).__name__}"))
            raise
        finally:
            self._save()
            self._notify(looked_for)
            self._memory.started_at = None
            self._save()
        return self._outcome

    def _save(self) -> None:
        self._memory.save(self._directory.memory)

    def _failed(self, subject: str, error: AnalyticsError) -> None:
        self._events.append(conditions.failed(subject, error))

    def _part_failed(self, name: str, error: AnalyticsError) -> None:
        self._outcome.failures.append((name, error))
        self._failed(name, error)

    def _import(self) -> None:
        seen = self._memory.inbox
        found = inbox.scan(self._plan.inbox, seen, _known_exports(self._directory), self._now)
        self._outcome.waiting = found.waiting
        for source, error in found.refused:
            self._part_failed(source.name, error)
        if not found.new:
            return
        outcomes = import_exports.import_sources(self._directory, [source for source, _ in found.new], lambda: self._now)
        for (source, _), outcome in zip(found.new, outcomes, strict=True):
            if not isinstance(outcome, import_exports.Refusal):
                inbox.remember(source, seen)
                if outcome.status == "imported":
                    self._outcome.receipts.append(outcome)
            elif changed := list(inbox.changed(source, seen)):
                self._outcome.waiting.append(source.name)
                for name in changed:
                    seen.pop(name, None)
            else:
                inbox.remember(source, seen, outcome.error)
                self._outcome.refusals.append(outcome)
        self._save()

    def _write(self, database: Database | None) -> bool | None:
        """Write what is due from one generation, so that all files of a run agree; None without data."""
        if database is None:
            return None
        found = agenda(database, self._plan, self._memory, self._now)
        for name, error in found.failures:
            self._part_failed(name, error)
        for task in found.due:
            if task.evidence:
                self._write_one(database, task, task.evidence)
        self._events += conditions.current_events(conditions.Context(database, found.tasks, self._plan.settings))
        return True

    def _write_one(self, database: Database, task: DuePeriod, evidence: Evidence) -> None:
        try:
            made = written(database, task, evidence, self._now)
        except (UsageError, StoreError) as error:
            if error.code == "database":
                raise
            self._part_failed(task.schedule.name, error)
            return
        self._memory.remember(task.schedule.name, task.label, made.record, only=task.schedule.keeps_one)
        self._save()
        self._outcome.written.append(made)

    def _notify(self, looked_for: tuple[str, ...]) -> None:
        notices = self._plan.notices
        self._events += conditions.refused(self._memory.inbox)
        self._outcome.news, troubles = send(
            self._directory.outbox,
            self._directory.notices_log,
            self._events,
            urls=notices.urls,
            detail=notices.detail,
            now=self._now,
            looked_for=looked_for,
        )
        self._outcome.failures += [("notices", error) for error in troubles]
