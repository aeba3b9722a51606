"""The acts `import` and `undo`, and the rebuild; each holds the lock, and is done whole or has changed nothing.

The next generation is built and checked before the act is written: a full disk, a kill or a refused file before that line
leaves everything as it was, and after it nothing can be lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from analytics.core.clock import Clock
from analytics.core.data_directory import DataDirectory
from analytics.core.errors import AnalyticsError, EvidenceError, ImportRefused, UsageError, quoted
from analytics.core.messages import message
from analytics.ingest.sources import Source, packed
from analytics.ingest.vendors import Export, Progress, read
from analytics.ledger import evidence, journal
from analytics.ledger.database import generations
from analytics.ledger.database.builder import Build, ImportRow
from analytics.ledger.journal import Act
from analytics.operations.commit import commit_acts, record, user
from analytics.operations.findings import Finding
from analytics.operations.load_export import load_export
from analytics.operations.receipt import Receipt, receipt
from analytics.operations.replay import import_row, rebuild, roll_forward, scratch, writing


@dataclass(frozen=True)
class Refusal:
    """An export that was not imported, and the error that refused it."""

    source_name: str
    error: AnalyticsError


Outcome = Receipt | Refusal


@dataclass
class _Accepted:
    """An import that is loaded and not yet in the journal: its act, the private copy of its export, and its receipt."""

    act: Act
    copy: Path
    receipt: Receipt


def import_sources(
    directory: DataDirectory, sources: Sequence[Source], clock: Clock, *, without_cost: bool = False, progress: Progress | None = None
) -> list[Outcome]:
    """Import exports in one step, and return a Receipt or a Refusal for each, in order; a refused export changes nothing.

    Raises BusyError while another process writes, and StoreError when the disk fails; then nothing was imported.
    """
    with writing(directory, "import"), ExitStack() as folders:
        newest = _roll_forward(directory, sources)
        with generations.workbench(directory, newest) as path:
            outcomes = _load(directory, path, sources, folders, clock, without_cost, progress)
            accepted = [outcome for outcome in outcomes if isinstance(outcome, _Accepted)]
            if accepted:
                _commit(directory, path, accepted)
            else:
                generations.discard(directory)
    return [outcome.receipt if isinstance(outcome, _Accepted) else outcome for outcome in outcomes]


def _roll_forward(directory: DataDirectory, sources: Sequence[Source]) -> Path | None:
    """Roll forward and return the newest generation; evidence that is lost or damaged is restored from `sources` where they have it."""
    try:
        return roll_forward(directory)
    except EvidenceError:
        known = {act.arguments["sha256"] for act in journal.read(directory.journal) if act.act == "import"}
        for source in sources:
            with scratch(directory) as folder, suppress(ImportRefused):
                copy = packed(source, folder)
                sha256 = evidence.digest(copy)
                if sha256 in known:
                    evidence.keep(directory.exports, copy, sha256)
        return roll_forward(directory)


def _load(
    directory: DataDirectory,
    path: Path,
    sources: Sequence[Source],
    folders: ExitStack,
    clock: Clock,
    without_cost: bool,
    progress: Progress | None,
) -> list[_Accepted | Receipt | Refusal]:
    """Load the sources into the generation at `path`, finish it if any was accepted, and return the outcome of each, in order."""
    outcomes: list[_Accepted | Receipt | Refusal] = []
    last = journal.last(directory.journal)
    with Build(path, directory.staging) as build:
        for source in sources:
            folder = folders.enter_context(scratch(directory))
            try:
                copy = packed(source, folder)
                outcome = _load_source(build, source, copy, last, clock(), without_cost, progress)
            except ImportRefused as error:
                outcomes.append(Refusal(source.name, error))
                continue
            outcomes.append(outcome)
            if isinstance(outcome, _Accepted):
                last = outcome.act
            elif not evidence.holds(directory.exports, outcome.sha256):
                evidence.keep(directory.exports, copy, outcome.sha256)
        if last and any(isinstance(outcome, _Accepted) for outcome in outcomes):
            build.finish(last.seq, last.hash)
    return outcomes


def _load_source(
    build: Build, source: Source, copy: Path, last: Act | None, now: datetime, without_cost: bool, progress: Progress | None
) -> _Accepted | Receipt:
    sha256 = evidence.digest(copy)
    active = build.active(sha256)
    if active is not None:
        return Receipt(source.name, "duplicate", active, sha256)
    loose_files = () if source.is_zip else source.paths
    export = read(copy, without_cost=without_cost, loose_files=loose_files, progress=progress)
    export.exported_at = min(export.exported_at, now)
    row = _row(export, source, sha256, last.seq + 1 if last else 1, now)
    before = build.current_sources()
    with build.change():
        row = load_export(build, export, row)
        build.assign_days()
        new_receipt = receipt(build, row, before, build.current_sources())
        if export.costs_were_negative:
            new_receipt.findings.append(
                Finding("cost-sign", message("all costs are negative, as in old exports; they were taken as costs"))
            )
    act = Act.after(last, now, "import", _arguments(row, new_receipt))
    return _Accepted(act, copy, new_receipt)


def _row(export: Export, source: Source, sha256: str, number: int, now: datetime) -> ImportRow:
    declared = export.declared or (None, None)
    return ImportRow(
        import_id=number,
        account=None,
        sha256=sha256,
        source_name=quoted(source.name, 200)[1:-1],
        layout=export.amount.layouts[0].name,
        utc_offset=None,
        exported_at=export.exported_at.replace(microsecond=0),
        exported_at_basis=export.exported_at_basis,
        imported_at=now.replace(microsecond=0),
        has_cost=export.has_cost,
        declared_start=declared[0],
        declared_end=declared[1],
        amount_rows=0,
        cost_rows=export.cost_rows,
    )


def _arguments(row: ImportRow, receipt: Receipt) -> dict[str, Any]:
    """Return the arguments of an import in the journal: what a rebuild needs, and the totals for an audit."""
    return {
        "user": user(),
        "sha256": row.sha256,
        "source_name": row.source_name,
        "account": row.account,
        "layout": row.layout,
        "utc_offset": row.utc_offset,
        "exported_at": row.exported_at.isoformat(),
        "exported_at_basis": row.exported_at_basis,
        "has_cost": row.has_cost,
        "declared": [day and day.isoformat() for day in (row.declared_start, row.declared_end)],
        "days": [row.first_date and row.first_date.isoformat(), row.last_date and row.last_date.isoformat(), row.day_count],
        "amount_rows": row.amount_rows,
        "cost_rows": row.cost_rows,
        "totals": receipt.to_json()["totals"],
        "is_reconciled": receipt.is_reconciled,
    }


def _commit(directory: DataDirectory, built: Path, accepted: list[_Accepted]) -> None:
    last = accepted[-1].act
    generations.seal(directory, built, last.seq, last.hash)
    for item in accepted:
        evidence.keep(directory.exports, item.copy, item.receipt.sha256)
    record(directory, [item.act for item in accepted])


def undo(directory: DataDirectory, import_id: int, clock: Clock) -> ImportRow:
    """Undo an import and return its row; the days get the sources that they would have without it, and its evidence is kept.

    Raises UsageError for an import that is not active, or that is the source of days of a closed month.
    """
    with writing(directory, "undo"):
        newest = roll_forward(directory)
        target = _active_import(journal.read(directory.journal), import_id)
        commit_acts(directory, newest, clock(), "undo", [{"user": user(), "import_id": import_id}], _undo)
    return import_row(target)


def _undo(build: Build, act: Act) -> None:
    import_id = act.arguments["import_id"]
    if closed_months := build.closed_with(import_id):
        months = ", ".join(sorted({f"{month:%Y-%m}" for _, month in closed_months}))
        raise UsageError(
            "import-closed",
            f"import {import_id} owns days of a month that is closed: {months}",
            "`keyspend reopen YYYY-MM --reason …` first; then undo it, and close the month again",
        )
    build.undo(import_id, act.time)


def _active_import(acts: list[Act], import_id: int) -> Act:
    undone = {act.arguments["import_id"] for act in acts if act.act == "undo"}
    active = {act.seq: act for act in acts if act.act == "import" and act.seq not in undone}
    if import_id not in active:
        known = ", ".join(str(number) for number in active) or "none"
        raise UsageError("import-unknown", f"there is no active import {import_id}", f"active imports: {known}; see `keyspend imports`")
    return active[import_id]


def rebuild_all(directory: DataDirectory) -> Path:
    """Build a generation from journal and evidence, publish it and return its path. Raises EvidenceError where either is damaged."""
    with writing(directory, "rebuild"):
        return rebuild(directory, journal.read(directory.journal))
