"""`keyspend run`: import new exports, write due reports and send notifications; it can be killed at any moment and run again.

Two runs at once are impossible: the second is refused as busy. The failure of one schedule does not stop the others.
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
    """Carry out the plan now, and return the result.

    Raises BusyError while another run or import is in progress; any other error is notified before it is raised.
    """
    with disk_errors():
        directory.create()
    with lock.writing(directory.run_lock, "run"):
        return _Run(directory, plan, clock()).done()


def preview(directory: DataDirectory, plan: Plan, clock: Clock) -> Outcome:
    """The result that a run would have now, without writing or taking a lock; periods that an import would make due are missing."""
    now = clock()
    run_state = RunState.load(directory.memory)
    outcome = Outcome()
    arrived = inbox.scan(plan.inbox, run_state.inbox, _known_exports(directory), now)
    outcome.imported = [source.name for source, _ in arrived.new]
    outcome.waiting = arrived.waiting
    current_agenda = latest_agenda(directory, plan, now)
    outcome.due = current_agenda.due
    outcome.failures += [(source.name, error) for source, error in arrived.refused]
    outcome.failures += current_agenda.failures
    return outcome


def _known_exports(directory: DataDirectory) -> set[str]:
    return {act.arguments["sha256"] for act in journal.read(directory.journal) if act.act == "import"}


class _Run:
    """A run in progress; the caller holds the lock."""

    def __init__(self, directory: DataDirectory, plan: Plan, now: datetime) -> None:
        self._directory = directory
        self._plan = plan
        self._now = now
        self._run_state = RunState.load(directory.memory)
        self._outcome = Outcome()
        self._events: list[Notification] = []

    def done(self) -> Outcome:
        """Carry out the run, and return its result. Raises every error that stops it, after sending notifications."""
        checked_kinds: tuple[str, ...] = ()
        if self._run_state.started_at:
            self._failed(
                "run", StoreError("run-interrupted", f"the run that began at {self._run_state.started_at} did not come to its end")
            )
        self._run_state.started_at = f"{self._now.isoformat(timespec='seconds')}Z"
        self._save()
        try:
            self._import()
            if query_latest(self._directory, self._write) is None:
                agenda(None, self._plan, self._run_state, self._now)
            checked_kinds = tuple(KINDS)
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
            self._notify(checked_kinds)
            self._run_state.started_at = None
            self._save()
        return self._outcome

    def _save(self) -> None:
        self._run_state.save(self._directory.memory)

    def _failed(self, subject: str, error: AnalyticsError) -> None:
        self._events.append(conditions.failed(subject, error))

    def _part_failed(self, name: str, error: AnalyticsError) -> None:
        self._outcome.failures.append((name, error))
        self._failed(name, error)

    def _import(self) -> None:
        seen = self._run_state.inbox
        arrived = inbox.scan(self._plan.inbox, seen, _known_exports(self._directory), self._now)
        self._outcome.waiting = arrived.waiting
        for source, error in arrived.refused:
            self._part_failed(source.name, error)
        if not arrived.new:
            return
        outcomes = import_exports.import_sources(self._directory, [source for source, _ in arrived.new], lambda: self._now)
        for (source, _), outcome in zip(arrived.new, outcomes, strict=True):
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
        """Write the due reports from one generation, so that all files of a run agree; return None without data, else True."""
        if database is None:
            return None
        current_agenda = agenda(database, self._plan, self._run_state, self._now)
        for name, error in current_agenda.failures:
            self._part_failed(name, error)
        for task in current_agenda.due:
            if task.evidence:
                self._write_one(database, task, task.evidence)
        self._events += conditions.current_events(conditions.Context(database, current_agenda.tasks, self._plan.settings))
        return True

    def _write_one(self, database: Database, task: DuePeriod, evidence: Evidence) -> None:
        try:
            published = written(database, task, evidence, self._now)
        except (UsageError, StoreError) as error:
            if error.code == "database":
                raise
            self._part_failed(task.schedule.name, error)
            return
        self._run_state.remember(task.schedule.name, task.label, published.record, only=task.schedule.keeps_one)
        self._save()
        self._outcome.written.append(published)

    def _notify(self, checked_kinds: tuple[str, ...]) -> None:
        notices = self._plan.notices
        self._events += conditions.refused(self._run_state.inbox)
        self._outcome.news, errors = send(
            self._directory.outbox,
            self._directory.notices_log,
            self._events,
            urls=notices.urls,
            detail=notices.detail,
            now=self._now,
            checked_kinds=checked_kinds,
        )
        self._outcome.failures += [("notices", error) for error in errors]
