"""What can be asked: questions by name, each an SQL file with the definitions that it needs, and the choices it leaves open.

It is text about a database that it never sees.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from analytics.core.errors import UsageError, quoted
from analytics.core.period import Period, day, month

_DEFINITIONS = ("scope", "owners", "series")
_SERIES = {"key": "key", "account": "account", "total": "account"}
"""What series are of, by how they are told apart; else of owners."""
_CHOICES = {"grain": ("day", "hour", "week", "month"), "by": ("key", "model", "total")}
"""What can be chosen, where a question has no line `-- by: …` of its own; the first is what it does by itself."""

_WORD = re.compile(r"\w+")

PREVIOUS = "previous"
"""The like period before, where what is compared with is named."""


@dataclass(frozen=True)
class Breakdown:
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
            ways = allowed(name, field)
            if value is not None and ways and value not in ways:
                raise UsageError(f"{field}-unknown", f"there is no --{field} {quoted(value)}", f"known: {', '.join(ways)}")
            chosen[field] = ways[0] if value is None and ways else value
        if self.top is not None and self.top < 1:
            raise UsageError("top-none", f"--top {self.top} leaves nothing to show", "name a number from 1 up")
        return chosen


DEFAULT_BREAKDOWN = Breakdown()
"""Every question in its own way."""


def allowed(name: str, field: str) -> tuple[str, ...]:
    """What question `name` lets choose of a field; nothing where any number will do."""
    own = re.search(rf"^-- {field}: (.+)$", _question(name), re.MULTILINE)
    return tuple(own[1].split(", ")) if own else _CHOICES.get(field, ())


def _leaves_open(name: str, field: str) -> bool:
    return re.search(rf"\${field}\b", sql(name)) is not None


def choices(name: str) -> dict[str, list[str]]:
    """What question `name` leaves open, with the values that it takes, the first by itself; no values where any will do."""
    found = {field: list(allowed(name, field)) for field in ("grain", "by", "top") if _leaves_open(name, field)}
    return {**found, "against": []} if compares(name) else found


def _open_to(field: str) -> list[str]:
    return [name for name in reports() if _leaves_open(name, field)]


@cache
def reports() -> dict[str, str]:
    """The questions that can be asked, by name, with what each answers."""
    found = sorted(
        file.name.removesuffix(".sql") for file in files("analytics.reports").joinpath("sql").iterdir() if file.name.endswith(".sql")
    )
    return {name: _text(name).splitlines()[0].removeprefix("-- ") for name in found}


def compares(name: str) -> bool:
    """Whether a question sets the period against the one before it."""
    return name in reports() and "compared_" in _text(name)


def against(name: str, text: str | None, period: Period) -> Period | None:
    """What a question is to be compared with, from `YYYY-MM` or `DATE..DATE` (the last exclusive).

    None, and the text `previous`, are the like period before. Raises UsageError for what is no period, or is not before `period`,
    and for a question that compares nothing.
    """
    if text is None:
        return None
    if not compares(name):
        told = ", ".join(other for other in reports() if compares(other))
        raise UsageError("against-unused", f"{name} compares nothing", f"reports that have --against: {told}")
    if text == PREVIOUS:
        return None
    first, dots, last = text.partition("..")
    before = Period(day(first), day(last)) if dots else month(text)
    if period.start is None or before.end is None or before.end > period.start:
        raise UsageError("against-later", f"{period} cannot be compared with {before}, which is not before it", "name an earlier one")
    return before


def _question(name: str) -> str:
    if name not in reports():
        raise UsageError("report-unknown", f"there is no report {quoted(name)}", f"reports: {', '.join(reports())}")
    return _text(name)


@cache
def _text(name: str) -> str:
    return files("analytics.reports").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8").strip()


@cache
def sql(name: str, by: str | None = None) -> str:
    """The statement of a question, broken down so, with the definitions of its scope. Raises UsageError for an unknown one."""
    title, _, rest = _question(name).partition("\n")
    body = re.sub(r"\A(?:-- .*\n)+", "", rest)
    return f"{title}\n{with_definitions(body, by)}"


@lru_cache(maxsize=256)
def with_definitions(body: str, by: str | None = None) -> str:
    """A statement with those definitions of the scope before it that it needs, by itself or through each other.

    Of those that depend on what series are of, it has the ones for `by`: to plan the others takes longer than to answer.
    """
    definitions: list[str] = []
    words = set(_WORD.findall(body))
    for name, definition in reversed(_definitions(_SERIES.get(by or "", "owner")).items()):
        if name in words:
            definitions.insert(0, definition)
            words.update(_WORD.findall(definition))
    opening = "WITH " + ",\n\n".join(definitions)
    return f"{opening},\n\n{body.removeprefix('WITH ')}" if body.startswith("WITH ") else f"{opening}\n{body}"


@cache
def _definitions(of: str) -> dict[str, str]:
    """The definitions of the scope by name, each after those that it needs; `x_of_key` is `x` where series are of keys."""
    text = "\n".join(_text(f"definitions/{name}") for name in _DEFINITIONS)
    text = re.sub(rf"^(\w+)_of_{of} AS", r"\1 AS", text, flags=re.MULTILINE)
    found = re.finditer(r"^(?:WITH )?((\w+) AS .*?^\)),?$", text, re.MULTILINE | re.DOTALL)
    return {match[2]: match[1] for match in found}
