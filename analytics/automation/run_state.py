"""What runs remember: what was written and from which evidence, and which files of inboxes were seen; it decides nothing.

To lose it loses no report: everything due is written again, to the same bytes.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from analytics.core.errors import StoreError
from analytics.core.files import replace

FORMAT = "schedules-1"
"""The name under which the file keeps schedules: a file of another form has none."""


@dataclass
class PublishedPeriod:
    """What was last written of one period: days (end exclusive), digests of evidence and plan, and each file's hash."""

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
    """A schedule since its first run: its periods by label."""

    since: str
    periods: dict[str, PublishedPeriod] = field(default_factory=dict)


@dataclass
class InboxFile:
    """A file of an inbox: its stamp (size and time), and what became of it; no hash while it may still be written to.

    Of a file that was refused, `code` and `reason` tell why.
    """

    stamp: list[int]
    sha256: str = ""
    outcome: str = ""
    version: str = ""
    code: str = ""
    reason: str = ""


@dataclass
class RunState:
    """All that runs remember. `started_at` stands only while a run is at work, or after one that was killed."""

    schedules: dict[str, Progress] = field(default_factory=dict)
    inbox: dict[str, InboxFile] = field(default_factory=dict)
    started_at: str | None = None

    @classmethod
    def load(cls, path: Path) -> RunState:
        """What the file at `path` holds; nothing where there is none. Raises StoreError where it is damaged."""
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
            stored = f"{path.name} is not what was written"
            raise StoreError("memory-damaged", stored, f"delete {path}: reports are then written again, to the same bytes") from None

    def save(self, path: Path) -> None:
        """Keep it, whole or not at all. Raises StoreError when the disk refuses."""
        stored = asdict(self)
        content = (json.dumps({FORMAT: stored.pop("schedules"), **stored}, indent=1, sort_keys=True) + "\n").encode()
        if not path.exists() or path.read_bytes() != content:
            replace(path, content)

    def remember(self, name: str, label: str, record: PublishedPeriod, *, only: bool) -> None:
        """Keep what was written of a period of a schedule; `only` of this one, where the next is written over it or stands for it."""
        periods = self.schedules[name].periods
        if only:
            periods.clear()
        periods[label] = record


def _progress(stored: dict[str, Any]) -> Progress:
    return Progress(stored["since"], {label: PublishedPeriod(**one) for label, one in stored["periods"].items()})
