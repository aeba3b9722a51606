"""The status of schedules as a frame."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from analytics.automation.schedules.agenda import Agenda
from analytics.automation.schedules.due import DuePeriod
from analytics.core.frame import Column, Frame
from analytics.core.period import days_text

_COLUMNS = (
    Column("schedule", "VARCHAR"),
    Column("period", "VARCHAR"),
    Column("start_date", "DATE"),
    Column("end_date", "DATE"),
    Column("status", "VARCHAR"),
    Column("written_at", "TIMESTAMP"),
    Column("revision", "BIGINT"),
    Column("missing_dates", "VARCHAR"),
    Column("folder", "VARCHAR"),
    Column("reason", "VARCHAR"),
)


def frame(agenda: Agenda) -> Frame:
    """One row per period of a schedule, and one per failing schedule, with the `reason`.

    `end_date` is exclusive, `missing_dates` are those of any account.
    """
    failing = [(name, None, None, None, "failing", None, None, None, None, error.message) for name, error in agenda.failures]
    return Frame("schedules", _COLUMNS, [*(_row(task) for task in agenda.tasks), *failing])


def _row(task: DuePeriod) -> tuple[Any, ...]:
    before = task.before
    missing: set[date] = {day for days in task.evidence.missing.values() for day in days} if task.evidence else set()
    return (
        task.schedule.name,
        task.label,
        task.period.start,
        task.period.end,
        task.state.value,
        datetime.fromisoformat(before.written_at.removesuffix("Z")) if before else None,
        before.revision if before else None,
        days_text(missing) or None,
        str(task.schedule.folder),
        None,
    )
