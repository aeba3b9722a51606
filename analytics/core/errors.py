"""The exceptions of Keyspend, one per cause, and the exit codes that programs may rely on."""

from __future__ import annotations

import re
from enum import IntEnum

_SECRET = re.compile(r"sk-[0-9A-Za-z]{20,}")


class ExitCode(IntEnum):
    """The exit codes of the `keyspend` command."""

    DONE = 0
    UNEXPECTED = 1
    USAGE = 2
    REFUSED = 3
    UNRECONCILED = 4
    INCOMPLETE = 5
    BREACHED = 6
    BUSY = 75


def quoted(text: str, limit: int = 60) -> str:
    """Return untrusted text safe for a message: in quotes, escaped, cut to `limit` characters, anything like an API key withheld."""
    shown = _SECRET.sub("sk-(withheld)", text)
    if len(shown) > limit:
        shown = shown[: limit - 1] + "…"
    escaped = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown)
    return f"'{escaped}'"


class AnalyticsError(Exception):
    """A failure that a user can act on: `code` is stable, `message` states what is wrong and where, `hint` what to do."""

    exit_code = ExitCode.UNEXPECTED

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


class UsageError(AnalyticsError):
    """A request that cannot be met: an unknown report, an impossible period, an import that does not exist."""

    exit_code = ExitCode.USAGE


class ImportRefused(AnalyticsError):
    """An export that cannot be trusted; nothing of it was kept."""

    exit_code = ExitCode.REFUSED


class UnreconciledError(AnalyticsError):
    """A close of a month whose bill and usage differ, or whose hours are counted twice."""

    exit_code = ExitCode.UNRECONCILED


class IncompleteError(AnalyticsError):
    """A close of a month with days that are missing or were in progress when exported."""

    exit_code = ExitCode.INCOMPLETE


class BusyError(AnalyticsError):
    """A data directory that another process is writing to."""

    exit_code = ExitCode.BUSY


class EvidenceError(AnalyticsError):
    """Evidence or a journal that is not what was written: damage, loss or tampering."""


class StoreError(AnalyticsError):
    """A failure of the database or of the disk; the evidence is untouched."""
