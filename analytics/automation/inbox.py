"""The scan of inboxes: new exports by the hash of their files, which are never moved or deleted.

A file is finished when its last write is `settle_seconds` ago, or when it has not changed since the run before. Exports that were
imported, or undone again, are in the journal; a refused file is tried again only by another version of Keyspend.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from analytics.automation.run_state import InboxFile
from analytics.automation.schedules.schedule import Inbox
from analytics.core.errors import AnalyticsError, ImportRefused
from analytics.ingest import vendors
from analytics.ingest.sources import Source
from analytics.ledger import evidence

DONE, REFUSED = "done", "refused"


@dataclass
class Arrived:
    """The result of a scan: exports to import with their hash, names of exports that may still be written to, and refused folders."""

    new: list[tuple[Source, str]] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    refused: list[tuple[Source, ImportRefused]] = field(default_factory=list)


def scan(inbox: Inbox, seen: dict[str, InboxFile], known: Iterable[str], now: datetime) -> Arrived:
    """New exports in the inboxes at `now` (naive UTC); `known` are the hashes of the journal. Updates `seen`, the files by path."""
    arrived = Arrived()
    current: dict[str, InboxFile] = {}
    hashes = set(known)
    sources, refused = vendors.discover(inbox.folders)
    # An empty inbox is the normal state and no error.
    arrived.refused = [(source, error) for source, error in refused if error.code != "path-empty"]
    for source in sources:
        parts = [str(path) for path in source.paths]
        states = [_file_state(path, seen.get(str(path)), inbox, now) for path in source.paths]
        current |= {name: one for name, one in zip(parts, states, strict=True) if one}
        if not all(one and one.sha256 for one in states):
            arrived.waiting.append(source.name)
            continue
        export_hash = _number([one.sha256 for one in states if one])
        if export_hash in hashes or all(one and _is_settled(one) for one in states):
            continue
        hashes.add(export_hash)
        arrived.new.append((source, export_hash))
    seen.clear()
    seen.update(current)
    return arrived


def _file_state(path: Path, before: InboxFile | None, inbox: Inbox, now: datetime) -> InboxFile | None:
    """The current state of a file, without a hash while it may still be written to; None where it no longer exists."""
    try:
        stamp = stamp_of(path)
        if before and before.stamp == stamp and before.sha256:
            return before
        written = datetime.fromtimestamp(stamp[1] / 1e9, UTC).replace(tzinfo=None)
        is_finished = (now - written).total_seconds() >= inbox.settle_seconds or (before is not None and before.stamp == stamp)
        if not is_finished:
            return InboxFile(stamp)
        content_hash = evidence.digest(path)
        return InboxFile(stamp, content_hash) if stamp_of(path) == stamp else InboxFile(stamp)
    except OSError:
        return None


def stamp_of(path: Path) -> list[int]:
    """The size (bytes) and the modification time (ns) of a file, which change while it is written to. Raises OSError."""
    file_stat = path.stat()
    return [file_stat.st_size, file_stat.st_mtime_ns]


def _number(hashes: list[str]) -> str:
    """The hash of an export: of a zip that of the file, as in its evidence; of a pair of files that of their hashes."""
    return hashes[0] if len(hashes) == 1 else sha256("".join(sorted(hashes)).encode()).hexdigest()


def _is_settled(seen: InboxFile) -> bool:
    """Whether a file needs no further attempt: imported, or refused by this version."""
    return seen.outcome == DONE or (seen.outcome == REFUSED and seen.version == version("keyspend"))


def remember(source: Source, seen: dict[str, InboxFile], refused: AnalyticsError | None = None) -> None:
    """Record the outcome of an export in `seen`: imported, or why it was refused."""
    for one in (seen[str(path)] for path in source.paths if str(path) in seen):
        one.outcome, one.version = REFUSED if refused else DONE, version("keyspend")
        one.code = refused.code if refused else ""
        one.reason = f"{source.name}: {refused.message} [{refused.code}]" if refused else ""


def changed(source: Source, seen: dict[str, InboxFile]) -> Iterator[str]:
    """The files of an export that have changed or disappeared since the scan."""
    for path in source.paths:
        try:
            if stamp_of(path) == seen[str(path)].stamp:
                continue
        except OSError:
            pass
        yield str(path)
