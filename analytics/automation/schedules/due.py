"""The due periods of a schedule: those not written yet, and those whose evidence has changed since."""

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
    """The state of a period of a schedule: `waiting` for missing days, `due` to be written now, or `written`."""

    WAITING = "waiting"
    DUE = "due"
    WRITTEN = "written"


@dataclass(frozen=True)
class DuePeriod:
    """A period of a schedule, its evidence, its last publication and its state.

    `is_overdue` is whether the period is incomplete although `patience_days` have passed since its end.
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
        """A stamp of the schedule and the version of Keyspend, which changes whenever the content of the files may."""
        return f"{self.schedule.digest} {version('keyspend')}"


def tasks(index: EvidenceIndex | None, schedule: Schedule, progress: Progress, today: date) -> list[DuePeriod]:
    """The periods of a schedule on the day `today`, the oldest first; before them older published ones whose evidence has changed."""
    periods = {schedule.rule.label(period): period for period in schedule.rule.periods(date.fromisoformat(progress.since), today)}
    if schedule.keeps_one:
        periods = dict(list(periods.items())[-1:])
    newest = list(periods)[-1]
    entries = []
    for label, period in periods.items():
        evidence = index.evidence(period, schedule.reports) if index else None
        task = DuePeriod(
            schedule, label, period, evidence, progress.periods.get(label), is_overdue=_is_overdue(schedule, period, evidence, today)
        )
        entries.append(replace(task, state=_state(task, is_newest=label == newest)))
    return [*_restated(index, schedule, progress, periods), *entries]


def _is_overdue(schedule: Schedule, period: Period, evidence: Evidence | None, today: date) -> bool:
    if schedule.rule.is_open or (evidence and evidence.is_complete) or period.end is None:
        return False
    return today >= period.end + timedelta(days=schedule.patience_days)


def _state(task: DuePeriod, *, is_newest: bool) -> State:
    evidence, before = task.evidence, task.before
    if before is None:
        return State.DUE if evidence and _may_be_written(task, evidence) else State.WAITING
    if evidence is None or not _may_be_written(task, evidence):
        return State.WRITTEN
    # Files of older periods may have been moved on purpose, and a changed plan applies to the newest period alone.
    is_same = before.evidence == evidence.digest and (not is_newest or before.plan == task.plan)
    is_there = not is_newest or is_whole(task.schedule.folder / before.manifest)
    return State.WRITTEN if is_same and is_there else State.DUE


def _may_be_written(task: DuePeriod, evidence: Evidence) -> bool:
    return evidence.is_complete or (bool(evidence.sources) and (task.schedule.rule.is_open or task.is_overdue))


def _restated(index: EvidenceIndex | None, schedule: Schedule, progress: Progress, current: dict[str, Period]) -> Iterator[DuePeriod]:
    if index is None or schedule.keeps_one:
        return
    for label, before in progress.periods.items():
        if label in current:
            continue
        period = Period(date.fromisoformat(before.start), date.fromisoformat(before.end))
        evidence = index.evidence(period, schedule.reports)
        if evidence.digest != before.evidence and evidence.accounts:
            yield DuePeriod(schedule, label, period, evidence, before, State.DUE)
