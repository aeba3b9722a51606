"""The agenda: all periods of all schedules at a time, with their state, and the failures of schedules that cannot be evaluated."""

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
    """The periods of all schedules, the oldest of each schedule first, and the error of each schedule that has none."""

    tasks: list[DuePeriod] = field(default_factory=list)
    failures: list[tuple[str, UsageError]] = field(default_factory=list)

    @property
    def due(self) -> list[DuePeriod]:
        """The periods to write now."""
        return [task for task in self.tasks if task.state is State.DUE]


def agenda(database: Database | None, plan: Plan, run_state: RunState, now: datetime) -> Agenda:
    """The agenda at `now` (naive UTC). Schedules without progress are added to `run_state`."""
    day = today(database, now)
    indexes: dict[tuple[str | None, str | None], EvidenceIndex] = {}
    entries = Agenda()
    for schedule in plan.schedules:
        progress = run_state.schedules.setdefault(schedule.name, Progress(str(day)))
        scope = (schedule.account, schedule.currency)
        try:
            if database and scope not in indexes:
                indexes[scope] = EvidenceIndex(database, *scope)
            entries.tasks += tasks(indexes.get(scope), schedule, progress, day)
        except UsageError as error:
            entries.failures.append((schedule.name, error))
    return entries


def latest_agenda(directory: DataDirectory, plan: Plan, now: datetime) -> Agenda:
    """The agenda at `now` from the latest data and the saved run state, neither of which it changes."""
    run_state = RunState.load(directory.memory)
    return query_latest(directory, lambda database: agenda(database, plan, run_state, now)) or agenda(None, plan, run_state, now)
