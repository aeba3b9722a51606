"""The plan of a run as values: schedules, inbox and notification targets."""

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
    """Reports of the periods of a rule, written in formats to a folder.

    A period that has ended is written once all of its days are known, and at the latest `patience_days` after its end.
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
    """The settings snapshot of its reports, with owner rules and budgets."""

    @property
    def rule(self) -> Rule:
        """The period rule of the schedule."""
        return RULES[self.period]

    @property
    def keeps_one(self) -> bool:
        """Whether only its newest period counts: with a rolling window, or with file names without a period."""
        return self.rule.is_rolling or not has(self.file, "period")

    @property
    def digest(self) -> str:
        """A digest of all fields but `name` and `patience_days`, which change no file: 16 hexadecimal digits of a SHA-256."""
        content = "\n".join(
            f"{part.name}={getattr(self, part.name)!r}" for part in fields(self) if part.name not in ("patience_days", "name")
        )
        return sha256(content.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Inbox:
    """Folders in which exports arrive. A file whose last write is less than `settle_seconds` ago may still be written to."""

    folders: tuple[Path, ...] = ()
    settle_seconds: int = 10


@dataclass(frozen=True)
class Notices:
    """Notification targets in addition to the log, as Apprise addresses, which are secrets, and the detail of messages."""

    urls: tuple[str, ...] = field(default=(), repr=False)
    detail: Detail = Detail.TOTALS


@dataclass(frozen=True)
class Plan:
    """The plan of one run: schedules, inbox, notifications and the settings snapshot."""

    schedules: tuple[Schedule, ...] = ()
    inbox: Inbox = Inbox()
    notices: Notices = Notices()
    settings: SettingsSnapshot = NO_SETTINGS
