"""The problems of the settings, each with its file, line and field, and the error that carries all of them."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from typing import NamedTuple

from analytics.core.errors import UsageError, quoted

_SHOWN = 20


class Problem(NamedTuple):
    """A problem in a file of settings: file, line, field, and a message about what is allowed."""

    file: str
    line: int
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.where}: {self.what}" if self.where else f"{self.file}, line {self.line}: {self.what}"


class SettingsError(UsageError):
    """Invalid settings; `problems` has all of their problems, sorted by file and line, of which the message shows the first 20."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: (problem.file, problem.line))
        lines = [*map(str, self.problems[:_SHOWN]), *([f"and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else [])]
        super().__init__("settings", "\n  ".join(lines), "mend the file; `keyspend config check` tells when it is right")


def alike(name: str, names: Collection[str]) -> str:
    """The hint that the most similar of `names` may be meant; empty where none is similar."""
    similar = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {quoted(similar[0])}?" if similar else ""


def near(name: str, names: Collection[str]) -> str:
    """The hint that the most similar of `names` may be meant; the list of all names where none is similar."""
    return alike(name, names) or f"known: {', '.join(names) or 'none'}"
