"""What a schedule has to write now: periods not written yet, and those whose evidence is not what it was; it writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from importlib.metadata import version

from analytics.automation.run_state import Progress, PublishedPeriod
from analytics.automation.schedules.period_evidence import Evidence, EvidenceIndex
from analytics.automation.schedules.publish import is_whole
from analytics.automation.schedules.schedule import Schedule
from analytics.core.period import Period


class State(StrEnum):
    """Where a period of a schedule stands. `waiting` is for days that are missing, `due` is to be written now."""

    WAITING = "waiting"
    DUE = "due"
    WRITTEN = "written"


@dataclass(frozen=True)
class DuePeriod:
    """A period of a schedule, what is known of it, and what was written of it before.

    `is_overdue`: it is not complete, and its patience is over.
    """

    schedule: Schedule
    label: str
    period: Period
    evidence: Evidence | None
    before: PublishedPeriod | None
    state: State = State.WAITING
    is_overdue: bool = False

    @property
    def plan(self) -> str:
        """Tells what would be written from what another plan, or another version of Keyspend, wrote."""
        return f"{self.schedule.digest} {version('keyspend')}"


def tasks(known: EvidenceIndex | None, schedule: Schedule, progress: Progress, today: date) -> list[DuePeriod]:
    """The periods of a schedule on a day, the oldest first; before them older ones that rest on other evidence now."""
    periods = {schedule.rule.label(period): period for period in schedule.rule.periods(date.fromisoformat(progress.since), today)}
    if schedule.keeps_one:
        periods = dict(list(periods.items())[-1:])
    newest = list(periods)[-1]
    found = []
    for label, period in periods.items():
        evidence = known.evidence(period, schedule.reports) if known else None
        task = DuePeriod(
            schedule, label, period, evidence, progress.periods.get(label), is_overdue=_is_overdue(schedule, period, evidence, today)
        )
        found.append(replace(task, state=_state(task, is_newest=label == newest)))
    return [*_restated(known, schedule, progress, periods), *found]


def _is_overdue(schedule: Schedule, period: Period, evidence: Evidence | None, today: date) -> bool:
    if schedule.rule.is_open or (evidence and evidence.is_complete) or period.end is None:
        return False
    return today >= period.end + timedelta(days=schedule.patience_days)


def _state(task: DuePeriod, *, is_newest: bool) -> State:
    known, before = task.evidence, task.before
    if before is None:
        return State.DUE if known and _may_be_written(task, known) else State.WAITING
    if known is None or not _may_be_written(task, known):
        return State.WRITTEN
    # Of older periods the files may have been moved, and another plan is for what is to come.
    is_same = before.evidence == known.digest and (not is_newest or before.plan == task.plan)
    is_there = not is_newest or is_whole(task.schedule.folder / before.manifest)
    return State.WRITTEN if is_same and is_there else State.DUE


def _may_be_written(task: DuePeriod, known: Evidence) -> bool:
    return known.is_complete or (bool(known.sources) and (task.schedule.rule.is_open or task.is_overdue))


def _restated(known: EvidenceIndex | None, schedule: Schedule, progress: Progress, current: dict[str, Period]) -> Iterator[DuePeriod]:
    if known is None or schedule.keeps_one:
        return
    for label, before in progress.periods.items():
        if label in current:
            continue
        period = Period(date.fromisoformat(before.start), date.fromisoformat(before.end))
        evidence = known.evidence(period, schedule.reports)
        if evidence.digest != before.evidence and evidence.accounts:
            yield DuePeriod(schedule, label, period, evidence, before, State.DUE)
