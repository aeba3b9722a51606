"""From the journal and the evidence to a generation: roll forward, rebuild, and open for reading; it adds no act."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from tempfile import mkdtemp

from analytics.admission import admit
from analytics.config import DataDirectory
from analytics.errors import BusyError, StoreError, UsageError
from analytics.exports.reading import read
from analytics.ledger import journal, lock, ownership, vault
from analytics.ledger.journal import Act
from analytics.store import generations
from analytics.store.build import Build, ImportRow
from analytics.store.database import Database


def import_row(act: Act) -> ImportRow:
    """What the journal says of an import."""
    told = act.arguments
    return ImportRow(
        import_id=act.seq,
        account=told["account"],
        sha256=told["sha256"],
        source_name=told["source_name"],
        layout=told["layout"],
        utc_offset=told["utc_offset"],
        exported_at=datetime.fromisoformat(told["exported_at"]),
        exported_at_basis=told["exported_at_basis"],
        imported_at=act.time,
        has_cost=told["has_cost"],
        declared_start=_date(told["declared"][0]),
        declared_end=_date(told["declared"][1]),
        amount_rows=told["amount_rows"],
        cost_rows=told["cost_rows"],
        first_date=_date(told["days"][0]),
        last_date=_date(told["days"][1]),
        day_count=told["days"][2],
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
    build.own(ownership.owners(build.claims()).values())


def _load(directory: DataDirectory, build: Build, act: Act) -> None:
    row = import_row(act)
    with scratch(directory) as folder:
        evidence = vault.evidence(directory.exports, row.sha256)
        export = read(evidence, folder, without_cost=not row.has_cost)
        with build.change():
            admit(build, export, row)


@contextmanager
def scratch(directory: DataDirectory) -> Iterator[Path]:
    """A private folder that is gone afterwards."""
    folder = Path(mkdtemp(dir=directory.staging))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def built_anew(directory: DataDirectory, acts: list[Act], path: Path) -> Path:
    """A whole generation from nothing but the evidence, at the new file `path`."""
    with Build(path, directory.staging) as build:
        replay(directory, build, acts)
        build.finish(acts[-1].seq if acts else 0, acts[-1].hash if acts else "")
    return path


def rebuild(directory: DataDirectory) -> Path:
    """Publish a generation built from nothing but the evidence. The caller holds the lock."""
    acts = journal.read(directory.journal)
    path = generations.workbench(directory)
    path.unlink(missing_ok=True)
    return generations.publish(directory, built_anew(directory, acts, path))


def is_current(directory: DataDirectory, database: Database) -> bool:
    """Whether the generation contains the whole journal."""
    newest = journal.last(directory.journal)
    return database.head() == ((newest.seq, newest.hash) if newest else (0, ""))


def caught_up(directory: DataDirectory) -> None:
    """Bring the newest generation up to the journal. The caller holds the lock."""
    for path in (generations.current(directory), generations.building(directory)):
        database = _opened(path)
        if database is None:
            continue
        with database:
            if not is_current(directory, database):
                continue
        if path == generations.building(directory):
            generations.publish(directory, path)
        return
    if directory.journal.exists():
        rebuild(directory)


@contextmanager
def reading(directory: DataDirectory) -> Iterator[Database | None]:
    """The newest answers, open; None while nothing was ever imported. What an interrupted writer left undone is done first.

    While a writer is at work, its last published answers are given.
    """
    if not directory.journal.exists():
        yield None
        return
    database = _opened(generations.current(directory))
    if database is None or not is_current(directory, database):
        database = _recovered(directory, database)
    with database:
        yield database


def _recovered(directory: DataDirectory, published: Database | None) -> Database:
    try:
        with lock.writing(directory.lock, "recovering"):
            caught_up(directory)
    except BusyError:
        if published is None:
            raise
        return published
    if published:
        published.close()
    return Database(directory.generations / directory.current.read_text(encoding="utf-8").strip())


def _opened(path: Path | None) -> Database | None:
    """The generation at `path`, or None where it cannot be read: it is only a cache, and is built again."""
    if path is None or not path.is_file():
        return None
    try:
        return Database(path)
    except (StoreError, UsageError):
        return None
