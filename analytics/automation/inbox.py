"""What is new in the folders that exports arrive in; it moves and deletes nothing, and remembers files by their hash.

A file counts as finished when it was last written a while ago, or has not changed since the run before. One that was imported,
or undone again, is known to the journal; one that was refused is tried again by another version of Keyspend alone.
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
    """What is in the inboxes: exports to import, with their hash; names of those that may still be written to; and refused folders."""

    new: list[tuple[Source, str]] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    refused: list[tuple[Source, ImportRefused]] = field(default_factory=list)


def scan(inbox: Inbox, seen: dict[str, InboxFile], known: Iterable[str], now: datetime) -> Arrived:
    """What is new in the inboxes at `now` (naive UTC); `known` are the hashes that the journal tells. `seen` is brought up to date."""
    arrived = Arrived()
    here: dict[str, InboxFile] = {}
    hashes = set(known)
    found, refused = vendors.discover(inbox.folders)
    # An empty inbox is what an inbox should be.
    arrived.refused = [(source, error) for source, error in refused if error.code != "path-empty"]
    for source in found:
        parts = [str(path) for path in source.paths]
        states = [_looked_at(path, seen.get(str(path)), inbox, now) for path in source.paths]
        here |= {name: one for name, one in zip(parts, states, strict=True) if one}
        if not all(one and one.sha256 for one in states):
            arrived.waiting.append(source.name)
            continue
        number = _number([one.sha256 for one in states if one])
        if number in hashes or all(one and _is_settled(one) for one in states):
            continue
        hashes.add(number)
        arrived.new.append((source, number))
    seen.clear()
    seen.update(here)
    return arrived


def _looked_at(path: Path, before: InboxFile | None, inbox: Inbox, now: datetime) -> InboxFile | None:
    """A file as it is now; without a hash while it may still be written to, and None where it went away meanwhile."""
    try:
        stamp = stamp_of(path)
        if before and before.stamp == stamp and before.sha256:
            return before
        written = datetime.fromtimestamp(stamp[1] / 1e9, UTC).replace(tzinfo=None)
        is_finished = (now - written).total_seconds() >= inbox.settle_seconds or (before is not None and before.stamp == stamp)
        if not is_finished:
            return InboxFile(stamp)
        number = evidence.digest(path)
        return InboxFile(stamp, number) if stamp_of(path) == stamp else InboxFile(stamp)
    except OSError:
        return None


def stamp_of(path: Path) -> list[int]:
    """The size and the time of a file, which change while it is written to."""
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]


def _number(hashes: list[str]) -> str:
    """The hash of a zip, which is also that of its evidence; of a pair of files, that of their hashes."""
    return hashes[0] if len(hashes) == 1 else sha256("".join(sorted(hashes)).encode()).hexdigest()


def _is_settled(seen: InboxFile) -> bool:
    """Whether nothing is left to do about a file."""
    return seen.outcome == DONE or (seen.outcome == REFUSED and seen.version == version("keyspend"))


def remember(source: Source, seen: dict[str, InboxFile], refused: AnalyticsError | None = None) -> None:
    """Keep what became of an export: that it was imported, or why it was refused."""
    for one in (seen[str(path)] for path in source.paths if str(path) in seen):
        one.outcome, one.version = REFUSED if refused else DONE, version("keyspend")
        one.code = refused.code if refused else ""
        one.reason = f"{source.name}: {refused.message} [{refused.code}]" if refused else ""


def changed(source: Source, seen: dict[str, InboxFile]) -> Iterator[str]:
    """The files of an export that were written to, or went away, since they were looked at."""
    for path in source.paths:
        try:
            if stamp_of(path) == seen[str(path)].stamp:
                continue
        except OSError:
            pass
        yield str(path)
