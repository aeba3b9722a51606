"""What a user wants written, seen and told: schedules, inboxes and notices as values; where they are configured it does not know."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from hashlib import sha256
from pathlib import Path

from analytics.automation.notifications.event import Detail
from analytics.automation.schedules.file_names import DEFAULT_PATTERN, has
from analytics.automation.schedules.period_rules import RULES, Rule
from analytics.settings.snapshot import NO_SETTINGS, SettingsSnapshot

PATIENCE_DAYS = 5


@dataclass(frozen=True)
class Schedule:
    """Reports of the periods of a rule, in formats, as files of a folder.

    A period that is over is written once all of its days are known, and `patience_days` after its end in any case.
    """

    name: str
    reports: tuple[str, ...]
    period: str
    formats: tuple[str, ...]
    folder: Path
    file: str = DEFAULT_PATTERN
    account: str | None = None
    currency: str | None = None
    patience_days: int = PATIENCE_DAYS
    readable_by: str = "owner"
    settings: SettingsSnapshot = NO_SETTINGS
    """Owners and budgets, for reports that ask."""

    @property
    def rule(self) -> Rule:
        """Its period rule."""
        return RULES[self.period]

    @property
    def keeps_one(self) -> bool:
        """Whether only its newest period counts: a window that moves on, or a file without a period in its name."""
        return self.rule.is_rolling or not has(self.file, "period")

    @property
    def digest(self) -> str:
        """Tells a plan from another that would write something else."""
        content = "\n".join(
            f"{part.name}={getattr(self, part.name)!r}" for part in fields(self) if part.name not in ("patience_days", "name")
        )
        return sha256(content.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Inbox:
    """Folders that exports arrive in. A file younger than `settle_seconds` may still be written to."""

    folders: tuple[Path, ...] = ()
    settle_seconds: int = 10


@dataclass(frozen=True)
class Notices:
    """Where notices go beside the log, as Apprise addresses, which are secrets; and how much they say."""

    urls: tuple[str, ...] = field(default=(), repr=False)
    detail: Detail = Detail.TOTALS


@dataclass(frozen=True)
class Plan:
    """All that one run is to do."""

    schedules: tuple[Schedule, ...] = ()
    inbox: Inbox = Inbox()
    notices: Notices = Notices()
    settings: SettingsSnapshot = NO_SETTINGS
