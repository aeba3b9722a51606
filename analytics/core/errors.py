"""The errors of Keyspend: one exception per cause, and the exit codes that programs may rely on."""

from __future__ import annotations

import re
from enum import IntEnum

_SECRET = re.compile(r"sk-[0-9A-Za-z]{20,}")


class ExitCode(IntEnum):
    """What the `keyspend` command returns to its caller."""

    DONE = 0
    UNEXPECTED = 1
    USAGE = 2
    REFUSED = 3
    UNRECONCILED = 4
    INCOMPLETE = 5
    BREACHED = 6
    BUSY = 75


def quoted(text: str, limit: int = 60) -> str:
    """Untrusted text made safe for a message: escaped, cut to `limit` characters, with anything like a secret withheld."""
    shown = _SECRET.sub("sk-(withheld)", text)
    if len(shown) > limit:
        shown = shown[: limit - 1] + "…"
    escaped = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown)
    return f"'{escaped}'"


class AnalyticsError(Exception):
    """A failure that a person can act on: `code` is stable, `message` is what and where, `hint` what to do."""

    exit_code = ExitCode.UNEXPECTED

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


class UsageError(AnalyticsError):
    """The request itself makes no sense: an unknown report, an impossible period, an import that does not exist."""

    exit_code = ExitCode.USAGE


class ImportRefused(AnalyticsError):
    """An export that cannot be trusted as it stands; nothing of it was kept."""

    exit_code = ExitCode.REFUSED


class UnreconciledError(AnalyticsError):
    """A month whose bill and usage do not agree, or whose hours are counted twice, and that is to be closed."""

    exit_code = ExitCode.UNRECONCILED


class IncompleteError(AnalyticsError):
    """A month of which days are not known or were not over, and that is to be closed."""

    exit_code = ExitCode.INCOMPLETE


class BusyError(AnalyticsError):
    """Another process is writing to the same data directory."""

    exit_code = ExitCode.BUSY


class EvidenceError(AnalyticsError):
    """The evidence or the journal is not what was written: damage, loss or tampering."""


class StoreError(AnalyticsError):
    """The database or the disk below it failed; the evidence is untouched."""
