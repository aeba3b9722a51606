"""The writing of a due period: its reports in every format, published with their manifest, and the record for the run state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from analytics import writers
from analytics.automation.manifest import Part, manifest
from analytics.automation.run_state import PublishedPeriod
from analytics.automation.schedules import file_names
from analytics.automation.schedules.due import DuePeriod
from analytics.automation.schedules.period_evidence import Evidence
from analytics.automation.schedules.publish import MODES, publish
from analytics.reports import month_pack, query, registry
from analytics.reports.catalog import Breakdown
from analytics.reports.scope import Scope

if TYPE_CHECKING:
    from analytics.core.document import Document
    from analytics.ledger.database.connection import Database


@dataclass(frozen=True)
class PublishedFiles:
    """A set of files published in a folder; `is_new` where its bytes were not there before."""

    task: DuePeriod
    evidence: Evidence
    paths: list[Path]
    manifest: Path
    record: PublishedPeriod
    is_new: bool

    @property
    def unreconciled_dates(self) -> list[date]:
        """The unreconciled dates of all accounts, in ascending order."""
        return sorted({day for days in self.evidence.unreconciled.values() for day in days})


def status(database: Database, task: DuePeriod) -> str:
    """The status of the period, `open` or `closed`: closed when all accounts have closed its months."""
    statuses = set(query.run(database, "months", _scope(task)).values("status"))
    return "closed" if statuses == {"closed"} else "open"


def written(database: Database, task: DuePeriod, evidence: Evidence, now: datetime) -> PublishedFiles:
    """Write a due period, and return its files. Raises UsageError for arguments that a report refuses, StoreError on errors of the disk."""
    period_status = status(database, task)
    revision = task.before.revision if task.before else 1
    parts = list(_parts(database, task, revision))
    if _differs_from_closed(task, parts):
        revision += 1
        parts = list(_parts(database, task, revision))
    reconciliation = query.run(database, "reconciliation", _scope(task))
    content = manifest(task.schedule, task.period, evidence, reconciliation, parts, status=period_status, revision=revision)
    name = _manifest_name(task, revision)
    files = {part.name: part.content for part in parts}
    is_new = publish(task.schedule.folder, files, (name, content), MODES[task.schedule.readable_by])
    paths = [task.schedule.folder / part.name for part in parts]
    return PublishedFiles(
        task, evidence, paths, task.schedule.folder / name, _record(task, evidence, parts, period_status, revision, name, now), is_new
    )


def _parts(database: Database, task: DuePeriod, revision: int) -> Iterator[Part]:
    schedule = task.schedule
    for report in schedule.reports:
        document = _document(database, report, task)
        stem = file_names.stem(
            schedule.file, report=report, account=schedule.account, period=task.label, currency=schedule.currency, revision=revision
        )
        for format_name in schedule.formats:
            yield Part(file_names.file_name(stem, format_name), format_name, document, writers.document_writer(format_name)(document))


def _scope(task: DuePeriod) -> Scope:
    return Scope(task.period, task.schedule.account, task.schedule.currency)


def _document(database: Database, report: str, task: DuePeriod) -> Document:
    if report in registry.PACKS:
        return month_pack.month_pack(database, _scope(task), task.schedule.settings)
    return registry.document_from_report(registry.report(database, report, _scope(task), Breakdown(), task.schedule.settings))


def _differs_from_closed(task: DuePeriod, parts: list[Part]) -> bool:
    """Whether the content of a period that was closed when last written has changed, which requires a new revision."""
    if task.before is None or task.before.status != "closed":
        return False
    return any(task.before.files.get(part.name, part.sha256) != part.sha256 for part in parts)


def _manifest_name(task: DuePeriod, revision: int) -> str:
    parts = [task.schedule.name, *([task.label] if file_names.has(task.schedule.file, "period") else [])]
    return "_".join(parts) + (f"_r{revision}" if revision > 1 else "") + ".manifest.json"


def _record(
    task: DuePeriod, evidence: Evidence, parts: list[Part], period_status: str, revision: int, name: str, now: datetime
) -> PublishedPeriod:
    files = {part.name: sha256(part.content).hexdigest() for part in parts}
    start, end = str(task.period.start), str(task.period.end)
    return PublishedPeriod(
        start, end, evidence.digest, task.plan, period_status, revision, name, files, f"{now.isoformat(timespec='seconds')}Z"
    )
