"""The run state: published periods with their evidence, and the files of inboxes with their outcome.

Without it no report is lost: everything due is written again, to the same bytes.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from analytics.core.errors import StoreError
from analytics.core.files import replace

FORMAT = "schedules-1"
"""The key of the schedules in the file, which also identifies its format."""


@dataclass
class PublishedPeriod:
    """The last publication of a period: its days (end exclusive), the digests of evidence and plan, and the SHA-256 of each file."""

    start: str
    end: str
    evidence: str
    plan: str
    status: str
    revision: int
    manifest: str
    files: dict[str, str]
    written_at: str


@dataclass
class Progress:
    """The progress of a schedule since its first run: its published periods by label."""

    since: str
    periods: dict[str, PublishedPeriod] = field(default_factory=dict)


@dataclass
class InboxFile:
    """A file of an inbox: its stamp (size and modification time), hash and outcome; no hash while it may still be written to.

    `code` and `reason` are those of the error of a refused file.
    """

    stamp: list[int]
    sha256: str = ""
    outcome: str = ""
    version: str = ""
    code: str = ""
    reason: str = ""


@dataclass
class RunState:
    """The state that runs keep. `started_at` is set only while a run is in progress, or after one that was killed."""

    schedules: dict[str, Progress] = field(default_factory=dict)
    inbox: dict[str, InboxFile] = field(default_factory=dict)
    started_at: str | None = None

    @classmethod
    def load(cls, path: Path) -> RunState:
        """The state in the file at `path`; an empty state where it does not exist. Raises StoreError where it is damaged."""
        try:
            stored = json.loads(path.read_bytes())
            return cls(
                {name: _progress(progress) for name, progress in stored[FORMAT].items()},
                {name: InboxFile(**seen) for name, seen in stored["inbox"].items()},
                stored["started_at"],
            )
        except FileNotFoundError:
            return cls()
        except (ValueError, KeyError, TypeError, AttributeError):
            message = f"{path.name} is not what was written"
            raise StoreError("memory-damaged", message, f"delete {path}: reports are then written again, to the same bytes") from None

    def save(self, path: Path) -> None:
        """Write the state to the file at `path` atomically. Raises StoreError on errors of the disk."""
        stored = asdict(self)
        content = (json.dumps({FORMAT: stored.pop("schedules"), **stored}, indent=1, sort_keys=True) + "\n").encode()
        if not path.exists() or path.read_bytes() != content:
            replace(path, content)

    def remember(self, name: str, label: str, record: PublishedPeriod, *, only: bool) -> None:
        """Record the publication of a period of a schedule; with `only`, drop those of its other periods, which it replaces."""
        periods = self.schedules[name].periods
        if only:
            periods.clear()
        periods[label] = record


def _progress(stored: dict[str, Any]) -> Progress:
    return Progress(stored["since"], {label: PublishedPeriod(**one) for label, one in stored["periods"].items()})
