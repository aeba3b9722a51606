"""The replay of the journal: roll forward, rebuild, and open the newest generation for reading."""

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
    """Return the row of an import, by the arguments of its act in the journal."""
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
    """Apply all acts, in order, to an empty `build`. Raises EvidenceError where evidence is lost or changed."""
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
    """Apply an act `close`. The caller assigns the day sources afterwards."""
    arguments = act.arguments
    forced = arguments["forced"]
    note = CloseNote(act.seq, act.time, arguments["user"], arguments["note"] or None, forced and forced["reason"])
    build.close(MonthSnapshot.of(arguments), note)


def reopen(build: Build, act: Act) -> None:
    """Apply an act `reopen`. The caller assigns the day sources afterwards."""
    arguments = act.arguments
    build.reopen(arguments["account"], month_date(arguments), act.time, arguments["user"], arguments["reason"])


def feedback(build: Build, act: Act) -> None:
    """Apply an act `feedback`."""
    build.add_feedback(act.seq, Feedback.of(act.arguments))


_SIMPLE_ACTS = {"close": close, "reopen": reopen, "feedback": feedback}
"""The functions that apply acts without evidence, by the name of the act."""


def _load(directory: DataDirectory, build: Build, act: Act) -> None:
    row = import_row(act)
    evidence = vault.evidence(directory.exports, row.sha256)
    export = read(evidence, without_cost=not row.has_cost)
    with build.change():
        load_export(build, export, row)


@contextmanager
def writing(directory: DataDirectory, purpose: str, patience: float = lock.PATIENCE_SECONDS) -> Iterator[None]:
    """Hold the lock of the one writer while the block runs, with an empty scratch folder.

    Raises BusyError, which names the holder, while another process writes, and StoreError when the disk refuses.
    """
    with disk_errors(), _building_errors():
        directory.create()
        with lock.writing(directory.lock, purpose, patience):
            for leftover in directory.staging.iterdir():
                shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
            yield


@contextmanager
def _building_errors() -> Iterator[None]:
    """Raise the database's errors as those of a writer, a StoreError: it runs no statement of a user, and nothing is published yet."""
    try:
        with translated():
            yield
    except (StoreError, UsageError) as error:
        if error.code not in ("database", "sql"):
            raise
        raise StoreError("database", error.message, "free some space or check the disk; nothing was changed") from None


@contextmanager
def scratch(directory: DataDirectory) -> Iterator[Path]:
    """Yield a private folder of the writer, which is removed after the block."""
    folder = Path(mkdtemp(dir=directory.staging))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def build_from_evidence(directory: DataDirectory, acts: list[Act], path: Path) -> Path:
    """Build a generation from the evidence and these acts, as the new file `path`; return `path`. Raises EvidenceError."""
    with Build(path, directory.staging) as build:
        replay(directory, build, acts)
        build.finish(*end(acts))
    return path


def rebuild(directory: DataDirectory, acts: list[Act]) -> Path:
    """Build a generation from the evidence and these acts, publish it and return its path. The caller is the writer."""
    with generations.workbench(directory, None) as path:
        build_from_evidence(directory, acts, path)
        target = generations.seal(directory, path, *end(acts))
        generations.publish(directory)
    return target


def end(acts: list[Act]) -> tuple[int, str]:
    """Return the number and the hash of the last act, as in the head of a generation."""
    return (acts[-1].seq, acts[-1].hash) if acts else (0, "")


def _head(database: Database) -> tuple[int, str] | None:
    try:
        return database.head()
    except (StoreError, UsageError, ValueError):
        return None


def roll_forward(directory: DataDirectory) -> Path | None:
    """Bring the newest generation up to the journal, from the evidence if it is damaged or lost, and return its path.

    The caller is the writer. Returns None while nothing was ever imported. Raises EvidenceError where the journal is damaged, or
    lacks acts that the database contains.
    """
    acts = journal.read(directory.journal)
    database_head = generations.head(directory)
    check_journal(directory, acts, database_head)
    if database_head == end(acts):
        generations.link(directory)
        return generations.current(directory)
    if acts and generations.sealed_head(directory) == end(acts):
        generations.publish(directory)
        return generations.current(directory)
    return rebuild(directory, acts) if acts else None


def latest_generation(directory: DataDirectory) -> Path:
    """Roll forward and return the path of the newest generation. The caller is the writer. Raises UsageError without any import."""
    path = roll_forward(directory)
    if path is None:
        raise UsageError("no-data", f"nothing was imported into {directory.root} yet", "keyspend import PATH…")
    return path


def check_journal(directory: DataDirectory, acts: list[Act], database_head: tuple[int, str] | None) -> None:
    """Raise EvidenceError where the journal lacks acts of the published generation, whose head is `database_head`.

    A generation is published only after its acts are in the journal, so acts that the journal lacks were lost from it.
    """
    if database_head is None and (acts or not directory.current.exists()):
        return
    if database_head is None or database_head not in (end([]), end(acts[: database_head[0]])):
        raise EvidenceError(
            "journal-cut",
            f"the journal ends at act {len(acts)} and lacks acts that the database contains",
            "restore the newest journal.jsonl from a backup; `keyspend rebuild` goes on with the journal as it is",
        )


T = TypeVar("T")


def query_latest(directory: DataDirectory, query: Callable[[Database], T]) -> T | None:
    """Return `query` of the newest generation; None while nothing was ever imported. A damaged database is built again first.

    Raises what `query` raises, and StoreError and EvidenceError as `reading` does.
    """
    try:
        with reading(directory) as database:
            return query(database) if database else None
    except StoreError:
        if not _repair(directory):
            raise
    with reading(directory) as database:
        return query(database) if database else None


def _repair(directory: DataDirectory) -> bool:
    """Build the database again where it is damaged; return whether it was."""
    with disk_errors():
        if generations.head(directory) is not None:
            return False
    with writing(directory, "recovering"):
        roll_forward(directory)
    return True


@contextmanager
def reading(directory: DataDirectory) -> Iterator[Database | None]:
    """Yield the newest generation, open; None while nothing was ever imported. An interrupted write is finished first.

    While a writer is active, it yields the last published generation. Raises StoreError, and EvidenceError where the journal is damaged.
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
        database = _open(path)
        if database and is_current(directory, database):
            return database
        if path == generations.current(directory):
            return _recover(directory, database)
        # A writer has published in the meantime, and may have removed the generation that was to be opened.
        if database:
            database.close()


def is_current(directory: DataDirectory, database: Database) -> bool:
    """Return whether the generation contains the whole journal."""
    last_act = journal.last(directory.journal)
    return _head(database) == end([last_act] if last_act else [])


def _recover(directory: DataDirectory, published: Database | None) -> Database | None:
    """Finish an interrupted write and return the newest generation, open; `published` while a writer is active. Raises BusyError."""
    try:
        with writing(directory, "recovering", patience=0):
            database = _open(generations.current(directory))
            if database is None or not is_current(directory, database):
                # No other writer has published before this process got the lock.
                path = roll_forward(directory)
                # A whole generation cannot be opened while another program holds it open for writing.
                database = _open(path) or (Database(rebuild(directory, journal.read(directory.journal))) if path else None)
    except BusyError:
        if published and _head(published):
            return published
        raise
    if published:
        published.close()
    return database


def _open(path: Path | None) -> Database | None:
    """Return the generation at `path`, open, or None where it cannot be read: it is only a cache, and is built again."""
    if path is None or not path.is_file():
        return None
    try:
        return Database(path)
    except (StoreError, UsageError):
        return None
