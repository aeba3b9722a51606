"""Named questions to the database: one SQL file each, asked about one scope; it formats nothing.

A question whose last step is not for SQL has a function of frames in `analysis/` that finishes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import TYPE_CHECKING

from analytics.errors import UsageError, quoted
from analytics.frame import Frame
from analytics.period import Period
from analytics.scope import EVERYTHING, Scope, check, previous

if TYPE_CHECKING:
    from analytics.store.database import Database

_SCOPE = "scope"
_FINISHED = {"projection": "analytics.analysis.projection"}
_CHOICES = {"grain": ("day", "hour", "week", "month"), "by": ("key", "model", "total")}
"""What can be chosen; the first is what a question does by itself."""


@dataclass(frozen=True)
class Choice:
    """How a question is broken down, where it leaves that open; None is the question's own way."""

    grain: str | None = None
    by: str | None = None
    top: int | None = None

    def parameters(self, name: str) -> dict[str, object]:
        """The values for question `name`. Raises UsageError for a choice that it does not leave open, or that is none."""
        chosen: dict[str, object] = {}
        for field in ("grain", "by", "top"):
            value = getattr(self, field)
            if value is not None and not _leaves_open(name, field):
                raise UsageError(f"{field}-unused", f"{name} has no --{field}", f"reports that have one: {', '.join(_open_to(field))}")
            if value is not None and field in _CHOICES and value not in _CHOICES[field]:
                raise UsageError(f"{field}-unknown", f"there is no --{field} {quoted(value)}", f"known: {', '.join(_CHOICES[field])}")
            chosen[field] = _CHOICES[field][0] if value is None and field in _CHOICES else value
        if self.top is not None and self.top < 1:
            raise UsageError("top-none", f"--top {self.top} leaves nothing to show", "name a number from 1 up")
        return chosen


def _leaves_open(name: str, field: str) -> bool:
    return re.search(rf"\${field}\b", _text(name)) is not None


def _open_to(field: str) -> list[str]:
    return [name for name in questions() if _leaves_open(name, field)]


@cache
def questions() -> dict[str, str]:
    """The questions that can be asked, by name, with what each answers."""
    found = sorted(file.name.removesuffix(".sql") for file in files("analytics.queries").iterdir() if file.name.endswith(".sql"))
    return {name: _text(name).splitlines()[0].removeprefix("-- ") for name in found if name != _SCOPE}


def compares(name: str) -> bool:
    """Whether a question sets the period against the one before it."""
    return "compared_" in _text(name)


@cache
def _text(name: str) -> str:
    return files("analytics.queries").joinpath(f"{name}.sql").read_text(encoding="utf-8").strip()


def sql(name: str) -> str:
    """The statement of a question, with the definitions of its scope. Raises UsageError for an unknown one."""
    if name not in questions():
        raise UsageError("report-unknown", f"there is no report {quoted(name)}", f"reports: {', '.join(questions())}")
    title, _, body = _text(name).partition("\n")
    following = ",\n\n" + body.removeprefix("WITH ") if body.startswith("WITH ") else "\n" + body
    return f"{title}\n{_scope()}{following}"


def _scope() -> str:
    text = _text(_SCOPE)
    return text[text.index("WITH ") :]


def answer(database: Database, name: str, scope: Scope = EVERYTHING, choice: Choice = Choice()) -> Frame:
    """The answer to a question as a frame.

    Raises UsageError for an unknown question, for an account, currency, key or model without rows, and for a choice that the
    question does not leave open.
    """
    statement = sql(name)
    parameters = choice.parameters(name)
    check(database, scope)
    before = previous(database, scope) if compares(name) else None
    frame = database.query(name, statement, _parameters(scope, before) | parameters)
    if name in _FINISHED:
        finish: Callable[[Frame], Frame] = import_module(_FINISHED[name]).finish
        return finish(frame)
    return frame


def dates(database: Database, relation: str, condition: str, scope: Scope) -> list[date]:
    """The days of a relation of the scope on which a condition of ours holds, ascending."""
    statement = f"{_scope()}\nSELECT DISTINCT charge_date FROM {relation} WHERE {condition} ORDER BY charge_date"
    return [day for (day,) in database.query(relation, statement, _parameters(scope, None)).rows]


def _parameters(scope: Scope, before: Period | None) -> dict[str, object]:
    return scope.parameters() | {"previous_start": before and before.start, "previous_end": before and before.end}
