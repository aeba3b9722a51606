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
from typing import TYPE_CHECKING, Any

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
    return re.search(rf"\${field}\b", sql(name)) is not None


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
    return f"{title}\n{_about_scope(body)}"


def _about_scope(body: str) -> str:
    """A statement with those definitions of the scope before it that it needs, by itself or through each other."""
    needed = [body]
    for name, definition in reversed(_definitions().items()):
        if re.search(rf"\b{name}\b", "\n".join(needed)):
            needed.insert(0, definition)
    *definitions, body = needed
    opening = "WITH " + ",\n\n".join(definitions)
    return f"{opening},\n\n{body.removeprefix('WITH ')}" if body.startswith("WITH ") else f"{opening}\n{body}"


@cache
def _definitions() -> dict[str, str]:
    """The definitions of the scope by name, each after those that it needs."""
    found = re.finditer(r"^(?:WITH )?((\w+) AS .*?^\)),?$", _text(_SCOPE), re.MULTILINE | re.DOTALL)
    return {match[2]: match[1] for match in found}


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
    return _distinct(database, "charge_date", f"{relation} WHERE {condition}", _parameters(scope, None))


def accounts(database: Database, scope: Scope) -> list[str]:
    """The accounts of the scope that used something in its period."""
    return _distinct(database, "account", "scoped_day", _parameters(scope, None))


def incomparable_accounts(database: Database, scope: Scope, before: Period) -> list[str]:
    """The accounts of the scope whose evidence does not reach back to the period before, which leaves them without a change."""
    relation = "scoped_day WHERE account NOT IN (SELECT account FROM comparable_account)"
    return _distinct(database, "account", relation, _parameters(scope, before))


def _distinct(database: Database, column: str, relation: str, parameters: dict[str, object]) -> list[Any]:
    statement = _about_scope(f"SELECT DISTINCT {column} FROM {relation} ORDER BY {column}")
    return [value for (value,) in database.query_once(column, statement, parameters).rows]


def _parameters(scope: Scope, before: Period | None) -> dict[str, object]:
    return scope.parameters() | {"previous_start": before and before.start, "previous_end": before and before.end}
