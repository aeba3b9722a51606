"""What is wrong with the settings: all of it at once, each with its line; it decides nothing."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from typing import NamedTuple

from analytics.core.errors import UsageError, quoted

_SHOWN = 20


class Problem(NamedTuple):
    """Something in a file of settings that cannot be meant so, and what can."""

    file: str
    line: int
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.where}: {self.what}" if self.where else f"{self.file}, line {self.line}: {self.what}"


class SettingsError(UsageError):
    """The settings cannot be used as they stand; `problems` has all that is wrong, in the order of lines."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: (problem.file, problem.line))
        lines = [*map(str, self.problems[:_SHOWN]), *([f"and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else [])]
        super().__init__("settings", "\n  ".join(lines), "mend the file; `keyspend config check` tells when it is right")


def alike(name: str, names: Collection[str]) -> str:
    """What may have been meant by a name, as a question; nothing where no name is like it."""
    found = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {quoted(found[0])}?" if found else ""


def near(name: str, names: Collection[str]) -> str:
    """What may have been meant by a name, else all that there is to mean."""
    return alike(name, names) or f"known: {', '.join(names) or 'none'}"
