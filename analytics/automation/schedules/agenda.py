"""All periods of all schedules at a time, and where they stand; a schedule that cannot be asked so leaves the others as they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from analytics.automation.run_state import Progress, RunState
from analytics.automation.schedules.due import DuePeriod, State, tasks
from analytics.automation.schedules.period_evidence import EvidenceIndex, today
from analytics.automation.schedules.schedule import Plan
from analytics.core.data_directory import DataDirectory
from analytics.core.errors import UsageError
from analytics.operations.replay import query_latest

if TYPE_CHECKING:
    from analytics.ledger.database.connection import Database


@dataclass
class Agenda:
    """The tasks, the oldest period of each schedule first, and by schedule why there are none."""

    tasks: list[DuePeriod] = field(default_factory=list)
    failures: list[tuple[str, UsageError]] = field(default_factory=list)

    @property
    def due(self) -> list[DuePeriod]:
        """What is to be written now."""
        return [task for task in self.tasks if task.state is State.DUE]


def agenda(database: Database | None, plan: Plan, memory: RunState, now: datetime) -> Agenda:
    """The agenda at `now` (naive UTC). `memory` learns of schedules that begin."""
    day = today(database, now)
    known: dict[tuple[str | None, str | None], EvidenceIndex] = {}
    found = Agenda()
    for schedule in plan.schedules:
        progress = memory.schedules.setdefault(schedule.name, Progress(str(day)))
        scope = (schedule.account, schedule.currency)
        try:
            if database and scope not in known:
                known[scope] = EvidenceIndex(database, *scope)
            found.tasks += tasks(known.get(scope), schedule, progress, day)
        except UsageError as error:
            found.failures.append((schedule.name, error))
    return found


def latest_agenda(directory: DataDirectory, plan: Plan, now: datetime) -> Agenda:
    """The agenda by what is known and remembered; it changes neither."""
    memory = RunState.load(directory.memory)
    return query_latest(directory, lambda database: agenda(database, plan, memory, now)) or agenda(None, plan, memory, now)
