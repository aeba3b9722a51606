"""From the journal and the evidence to a generation: roll forward, rebuild, and open for reading."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import TypeVar

from analytics.core.data_directory import DataDirectory
from analytics.core.errors import BusyError, EvidenceError, StoreError, UsageError
from analytics.core.files import disk_errors
from analytics.ingest.vendors import read
from analytics.ledger import evidence as vault
from analytics.ledger import journal, lock
from analytics.ledger.database import generations
from analytics.ledger.database.builder import Build, ImportRow
from analytics.ledger.database.closed_months import CloseNote
from analytics.ledger.database.connection import Database, translated
from analytics.ledger.feedback import Feedback
from analytics.ledger.journal import Act
from analytics.ledger.month_snapshot import MonthSnapshot, month_date
from analytics.operations.load_export import load_export


def import_row(act: Act) -> ImportRow:
    """An import as the journal has it."""
    arguments = act.arguments
    return ImportRow(
        import_id=act.seq,
        account=arguments["account"],
        sha256=arguments["sha256"],
        source_name=arguments["source_name"],
        layout=arguments["layout"],
        utc_offset=arguments["utc_offset"],
        exported_at=datetime.fromisoformat(arguments["exported_at"]),
        exported_at_basis=arguments["exported_at_basis"],
        imported_at=act.time,
        has_cost=arguments["has_cost"],
        declared_start=_date(arguments["declared"][0]),
        declared_end=_date(arguments["declared"][1]),
        amount_rows=arguments["amount_rows"],
        cost_rows=arguments["cost_rows"],
        first_date=_date(arguments["days"][0]),
        last_date=_date(arguments["days"][1]),
        day_count=arguments["days"][2],
    )


def _date(text: str | None) -> date | None:
    return datetime.fromisoformat(text).date() if text else None


def replay(directory: DataDirectory, build: Build, acts: list[Act]) -> None:
    """Apply all acts to an empty `build`. Raises EvidenceError where evidence is lost or changed."""
    undone = {act.arguments["import_id"] for act in acts if act.act == "undo"}
    for act in acts:
        if act.act == "undo":
            build.undo(act.arguments["import_id"], act.time)
        elif act.act == "import" and act.seq in undone:
            build.register(import_row(act))
        elif act.act == "import":
            _load(directory, build, act)
        elif act.act in _SIMPLE_ACTS:
            _SIMPLE_ACTS[act.act](build, act)
    build.assign_days()


def close(build: Build, act: Act) -> None:
    """Replay an act `close`; the sources of days are chosen afterwards."""
    arguments = act.arguments
    forced = arguments["forced"]
    note = CloseNote(act.seq, act.time, arguments["user"], arguments["note"] or None, forced and forced["reason"])
    build.close(MonthSnapshot.of(arguments), note)


def reopen(build: Build, act: Act) -> None:
    """Replay an act `reopen`; the sources of days are chosen afterwards."""
    arguments = act.arguments
    build.reopen(arguments["account"], month_date(arguments), act.time, arguments["user"], arguments["reason"])


def feedback(build: Build, act: Act) -> None:
    """Replay an act `feedback`."""
    build.add_feedback(act.seq, Feedback.of(act.arguments))


_SIMPLE_ACTS = {"close": close, "reopen": reopen, "feedback": feedback}
"""Acts that need no evidence."""


def _load(directory: DataDirectory, build: Build, act: Act) -> None:
    row = import_row(act)
    evidence = vault.evidence(directory.exports, row.sha256)
    export = read(evidence, without_cost=not row.has_cost)
    with build.change():
        load_export(build, export, row)


@contextmanager
def writing(directory: DataDirectory, purpose: str, patience: float = lock.PATIENCE_SECONDS) -> Iterator[None]:
    """Be the one writer while the block runs, with an empty scratch space.

    Raises BusyError, which names the holder, while another process is, and StoreError when the disk refuses.
    """
    with disk_errors(), _building_errors():
        directory.create()
        with lock.writing(directory.lock, purpose, patience):
            for left in directory.staging.iterdir():
                shutil.rmtree(left) if left.is_dir() else left.unlink()
            yield


@contextmanager
def _building_errors() -> Iterator[None]:
    """Errors of the database as those of a writer: no statement of a user is run, and what is built is not published yet."""
    try:
        with translated():
            yield
    except (StoreError, UsageError) as error:
        if error.code not in ("database", "sql"):
            raise
        raise StoreError("database", error.message, "free some space or check the disk; nothing was changed") from None


@contextmanager
def scratch(directory: DataDirectory) -> Iterator[Path]:
    """A private folder of the writer that is gone afterwards."""
    folder = Path(mkdtemp(dir=directory.staging))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def build_from_evidence(directory: DataDirectory, acts: list[Act], path: Path) -> Path:
    """A whole generation from nothing but the evidence, at the new file `path`."""
    with Build(path, directory.staging) as build:
        replay(directory, build, acts)
        build.finish(*end(acts))
    return path


def rebuild(directory: DataDirectory, acts: list[Act]) -> Path:
    """Publish a generation built from nothing but the evidence and these acts, and return its path. The caller is the writer."""
    with generations.workbench(directory, None) as path:
        build_from_evidence(directory, acts, path)
        target = generations.seal(directory, path, *end(acts))
        generations.publish(directory)
    return target


def end(acts: list[Act]) -> tuple[int, str]:
    """The number and the hash of the last act, as a generation keeps them."""
    return (acts[-1].seq, acts[-1].hash) if acts else (0, "")


def _head(database: Database) -> tuple[int, str] | None:
    try:
        return database.head()
    except (StoreError, UsageError, ValueError):
        return None


def roll_forward(directory: DataDirectory) -> Path | None:
    """Bring the newest generation up to the journal, from the evidence if it is damaged or lost. The caller is the writer.

    Returns its path, or None while nothing was ever imported. Raises EvidenceError where the journal is damaged, or lacks acts
    that the database contains.
    """
    acts = journal.read(directory.journal)
    contained = generations.head(directory)
    check_journal(directory, acts, contained)
    if contained == end(acts):
        generations.link(directory)
        return generations.current(directory)
    if acts and generations.sealed_head(directory) == end(acts):
        generations.publish(directory)
        return generations.current(directory)
    return rebuild(directory, acts) if acts else None


def latest_generation(directory: DataDirectory) -> Path:
    """The newest generation, brought up to the journal. The caller is the writer. Raises UsageError where nothing was ever imported."""
    path = roll_forward(directory)
    if path is None:
        raise UsageError("no-data", f"nothing was imported into {directory.root} yet", "keyspend import PATH…")
    return path


def check_journal(directory: DataDirectory, acts: list[Act], contained: tuple[int, str] | None) -> None:
    """Nothing is published before its act is in the journal: what a generation contains and the journal lacks was lost there."""
    if contained is None and (acts or not directory.current.exists()):
        return
    if contained is None or contained not in (end([]), end(acts[: contained[0]])):
        raise EvidenceError(
            "journal-cut",
            f"the journal ends at act {len(acts)} and lacks acts that the database contains",
            "restore the newest journal.jsonl from a backup; `keyspend rebuild` goes on with the journal as it is",
        )


T = TypeVar("T")


def query_latest(directory: DataDirectory, question: Callable[[Database], T]) -> T | None:
    """The result of `question` on the newest generation; None while nothing was ever imported. A damaged database is built again first."""
    try:
        with reading(directory) as database:
            return question(database) if database else None
    except StoreError:
        if not _repaired(directory):
            raise
    with reading(directory) as database:
        return question(database) if database else None


def _repaired(directory: DataDirectory) -> bool:
    """Whether the database was the cause, and is built again now."""
    with disk_errors():
        if generations.head(directory) is not None:
            return False
    with writing(directory, "recovering"):
        roll_forward(directory)
    return True


@contextmanager
def reading(directory: DataDirectory) -> Iterator[Database | None]:
    """The newest generation, open; None while nothing was ever imported. What an interrupted writer left undone is done first.

    While a writer is at work, its last published answers are given.
    """
    with disk_errors():
        database = _newest(directory)
    if database is None:
        yield None
        return
    with database:
        yield database


def _newest(directory: DataDirectory) -> Database | None:
    if not directory.journal.exists() and not directory.current.exists():
        return None
    while True:
        path = generations.current(directory)
        database = _opened(path)
        if database and is_current(directory, database):
            return database
        if path == generations.current(directory):
            return _recovered(directory, database)
        # A writer published while we looked, and may have retired what we were about to open.
        if database:
            database.close()


def is_current(directory: DataDirectory, database: Database) -> bool:
    """Whether the generation contains the whole journal."""
    latest_generation = journal.last(directory.journal)
    return _head(database) == end([latest_generation] if latest_generation else [])


def _recovered(directory: DataDirectory, published: Database | None) -> Database | None:
    try:
        with writing(directory, "recovering", patience=0):
            latest_generation = _opened(generations.current(directory))
            if latest_generation is None or not is_current(directory, latest_generation):
                # Nothing was published while the lock was awaited.
                path = roll_forward(directory)
                # Whole as it is, another program may hold it open for writing.
                latest_generation = _opened(path) or (Database(rebuild(directory, journal.read(directory.journal))) if path else None)
    except BusyError:
        if published and _head(published):
            return published
        raise
    if published:
        published.close()
    return latest_generation


def _opened(path: Path | None) -> Database | None:
    """The generation at `path`, or None where it cannot be read: it is only a cache, and is built again."""
    if path is None or not path.is_file():
        return None
    try:
        return Database(path)
    except (StoreError, UsageError):
        return None
