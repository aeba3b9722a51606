"""Named questions to the database: one SQL file each, asked about one scope; it formats nothing.

A question whose last step is not for SQL has a function of frames in `analysis/` that finishes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache
from importlib import import_module
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from analytics.analysis.owned_spend import LEVELS
from analytics.decided import NOTHING, Decided, is_asked
from analytics.errors import UsageError, quoted
from analytics.frame import Frame
from analytics.period import Period, day, month
from analytics.scope import EVERYTHING, Scope, check, previous

if TYPE_CHECKING:
    from numpy import ndarray

    from analytics.store.database import Database

_DEFINITIONS = ("scope", "owned", "series")
_FINISHED = {
    "budgets": "analytics.analysis.budget_use",
    "forecast": "analytics.analysis.month_end",
    "hot-keys": "analytics.analysis.hot_keys",
    "savings": "analytics.analysis.savings",
    "spend-by-owner": "analytics.analysis.owned_spend",
    "statement": "analytics.analysis.owned_statement",
    "variance": "analytics.analysis.variance",
}
_OWNED = "spend-by-owner"
"""What a statement and a forecast are finished with, where they tell of owners."""


class Prepared(NamedTuple):
    """Of a question that rests on statistics of whole series: the relations of labels and of daily figures, and those beside them."""

    label: str
    relation: str
    module: str
    """Whose `parameters` work out what the question is told."""
    beside: Mapping[str, str] = {}
    """Relations, and what holds of any generation in which they say something: to ask that is quicker than to ask them."""
    told: Mapping[str, str] = {}
    """Parameters that are a column of a relation, which takes long to find: what is asked then need not find it again."""


_BESIDE_ALERTS = {
    "earlier_use": "CAST($start AS DATE) - 126 > (SELECT min(charge_date) FROM owned_day)",
    "feedback_day": "EXISTS (FROM key_feedback)",
    "hourly_use": "(SELECT count(*) FROM owned_day WHERE is_hourly) > 14",
}
_PREPARED = {
    "budgets": Prepared("budget_label", "budget_cost", "analytics.analysis.budget_outlook"),
    "forecast": Prepared("series_label", "recent_cost", "analytics.analysis.month_end"),
    "hot-keys": Prepared("key_credential", "daily_use", "analytics.analysis.alerts", _BESIDE_ALERTS, {"peak_lines": "peak_line"}),
}
_CHOICES = {"grain": ("day", "hour", "week", "month"), "by": ("key", "model", "total")}
"""What can be chosen, where a question has no line `-- by: …` of its own; the first is what it does by itself."""

_WORD = re.compile(r"\w+")

PREVIOUS = "previous"
"""The like period before, where what is compared with is named."""


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
            allowed = _allowed(name, field)
            if value is not None and allowed and value not in allowed:
                raise UsageError(f"{field}-unknown", f"there is no --{field} {quoted(value)}", f"known: {', '.join(allowed)}")
            chosen[field] = allowed[0] if value is None and allowed else value
        if self.top is not None and self.top < 1:
            raise UsageError("top-none", f"--top {self.top} leaves nothing to show", "name a number from 1 up")
        return chosen


def _allowed(name: str, field: str) -> tuple[str, ...]:
    """What question `name` lets choose of a field; nothing where any number will do."""
    own = re.search(rf"^-- {field}: (.+)$", _text(name), re.MULTILINE)
    return tuple(own[1].split(", ")) if own else _CHOICES.get(field, ())


def _leaves_open(name: str, field: str) -> bool:
    return re.search(rf"\${field}\b", sql(name)) is not None


def choices(name: str) -> dict[str, list[str]]:
    """What question `name` leaves open, with the values that it takes, the first by itself; no values where any will do."""
    found = {field: list(_allowed(name, field)) for field in ("grain", "by", "top") if _leaves_open(name, field)}
    return {**found, "against": []} if compares(name) else found


def _open_to(field: str) -> list[str]:
    return [name for name in questions() if _leaves_open(name, field)]


@cache
def questions() -> dict[str, str]:
    """The questions that can be asked, by name, with what each answers."""
    found = sorted(file.name.removesuffix(".sql") for file in files("analytics.queries").iterdir() if file.name.endswith(".sql"))
    return {name: _text(name).splitlines()[0].removeprefix("-- ") for name in found if name not in _DEFINITIONS}


def compares(name: str) -> bool:
    """Whether a question sets the period against the one before it."""
    return name in questions() and "compared_" in _text(name)


def against(name: str, text: str | None, period: Period) -> Period | None:
    """What a question is to be compared with, from `YYYY-MM` or `DATE..DATE` (the last exclusive).

    None, and the text `previous`, are the like period before. Raises UsageError for what is no period, or is not before `period`,
    and for a question that compares nothing.
    """
    if text is None:
        return None
    if not compares(name):
        told = ", ".join(other for other in questions() if compares(other))
        raise UsageError("against-unused", f"{name} compares nothing", f"reports that have --against: {told}")
    if text == PREVIOUS:
        return None
    first, dots, last = text.partition("..")
    before = Period(day(first), day(last)) if dots else month(text)
    if period.start is None or before.end is None or before.end > period.start:
        raise UsageError("against-later", f"{period} cannot be compared with {before}, which is not before it", "name an earlier one")
    return before


def asks_for_decisions(name: str, by: str | None = None) -> bool:
    """Whether a question, broken down so, depends on the settings. Raises UsageError for an unknown one."""
    is_told = is_asked(sql(name)) or name in _OWNED_PARTS
    ways = _allowed(name, "by")
    return (by or ways[0]) in LEVELS if is_told and set(LEVELS) <= set(ways) else is_told


def asks_for_feedback(name: str) -> bool:
    """Whether a question depends on what was said of days of keys."""
    return name in _PREPARED and "feedback_day" in _PREPARED[name].beside


@cache
def _text(name: str) -> str:
    return files("analytics.queries").joinpath(f"{name}.sql").read_text(encoding="utf-8").strip()


@cache
def sql(name: str) -> str:
    """The statement of a question, with the definitions of its scope. Raises UsageError for an unknown one."""
    if name not in questions():
        raise UsageError("report-unknown", f"there is no report {quoted(name)}", f"reports: {', '.join(questions())}")
    title, _, rest = _text(name).partition("\n")
    body = re.sub(r"\A(?:-- .*\n)+", "", rest)
    return f"{title}\n{_about_scope(body)}"


@lru_cache(maxsize=256)
def _about_scope(body: str) -> str:
    """A statement with those definitions of the scope before it that it needs, by itself or through each other."""
    definitions: list[str] = []
    words = set(_WORD.findall(body))
    for name, definition in reversed(_definitions().items()):
        if name in words:
            definitions.insert(0, definition)
            words.update(_WORD.findall(definition))
    opening = "WITH " + ",\n\n".join(definitions)
    return f"{opening},\n\n{body.removeprefix('WITH ')}" if body.startswith("WITH ") else f"{opening}\n{body}"


@cache
def _definitions() -> dict[str, str]:
    """The definitions of the scope by name, each after those that it needs."""
    text = "\n".join(_text(name) for name in _DEFINITIONS)
    found = re.finditer(r"^(?:WITH )?((\w+) AS .*?^\)),?$", text, re.MULTILINE | re.DOTALL)
    return {match[2]: match[1] for match in found}


def answer(database: Database, name: str, scope: Scope = EVERYTHING, choice: Choice = Choice(), decided: Decided = NOTHING) -> Frame:
    """The answer to a question as a frame.

    Raises UsageError for an unknown question, for an account, currency, key or model without rows, and for a choice that the
    question does not leave open; and SettingsError where it is about owners, and the rules about them contradict each other.
    """
    statement = sql(name)
    parameters = choice.parameters(name)
    check(database, scope)
    before = previous(database, scope) if compares(name) else None
    parameters |= decided.parameters(database, scope, statement)
    parameters |= _parameters(scope, before)
    if name in _PREPARED:
        parameters |= _prepared(database, _PREPARED[name], scope.period, parameters)
    frame = database.query(name, statement, parameters)
    if name not in _FINISHED:
        return frame
    finish: Callable[..., Frame] = import_module(_FINISHED[name]).finish
    parts = _OWNED_PARTS[name](frame, scope, before, decided) if name in _OWNED_PARTS else ()
    return finish(frame, *(answer(database, _OWNED, part, Choice(by=choice.by), decided) for part in parts))


def _both_periods(_frame: Frame, scope: Scope, before: Period | None, decided: Decided) -> Iterator[Scope]:
    """Of a statement, where there are owners: its period, and the one before."""
    for period in filter(None, (scope.period, before) if decided.rules else ()):
        yield replace(scope, period=period, against=None)


def _months_to_date(frame: Frame, scope: Scope, _before: Period | None, _decided: Decided) -> Iterator[Scope]:
    """Of a forecast per owner: the complete days of the month of each currency."""
    for currency, told in sorted({(row["currency"], row["billing_period"]) for row in frame.records() if row["assignment"]}):
        whole = month(told)
        end = min(filter(None, (whole.end, scope.period.end)))
        yield replace(scope, period=Period(whole.start, end), currency=currency, only_complete=True)


_OWNED_PARTS = {"statement": _both_periods, "forecast": _months_to_date}


def _prepared(database: Database, prepared: Prepared, period: Period, parameters: dict[str, object]) -> dict[str, object]:
    """What a question is told of the daily figures of a relation: parameters that a function of arrays works out."""
    from analytics.analysis.series import daily

    labels = database.query_once("series", _about_scope(f"FROM {prepared.label} ORDER BY series"), parameters)
    told = _told(labels) | {
        name: [value for (value,) in database.query_once(name, _about_scope(f"FROM {relation}"), parameters).rows]
        for name, relation in prepared.told.items()
    }
    parameters = parameters | told
    known = database.query_once("known", _about_scope("SELECT account, day_number FROM known_day"), parameters)
    values = database.columns(_about_scope(f"FROM {prepared.relation} ORDER BY series, day_number"), parameters)
    prepare: Callable[..., dict[str, object]] = import_module(prepared.module).parameters
    figures = daily(_labels(labels), known.rows, values, dict(_said_beside(database, prepared, parameters)))
    return told | prepare(figures, period, parameters.get("by"))


def _labels(series: Frame) -> list[tuple[str, str | None, str]]:
    """What each series is of, in their order; a key has a row for each of its credentials."""
    about = zip(*map(series.values, ("account", "api_key", "currency")), strict=True)
    return list(dict(zip(series.values("series"), about, strict=True)).values())


def _told(series: Frame) -> dict[str, object]:
    """The credentials of each series, for who asks about days of series, which need not be found again."""
    if "credential_id" not in series.names:
        return {}
    names = {"series_numbers": "series", "series_currencies": "currency", "series_credentials": "credential_id"}
    return {parameter: series.values(name) for parameter, name in names.items()}


def _said_beside(database: Database, prepared: Prepared, parameters: dict[str, object]) -> Iterator[tuple[str, Mapping[str, ndarray]]]:
    conditions = ", ".join(prepared.beside.values()) or "NULL"
    (says,) = database.query_once("beside", f"SELECT {conditions}", parameters).rows
    for relation, says_something in zip(prepared.beside, says, strict=False):
        if says_something:
            yield relation, database.columns(_about_scope(f"FROM {relation} ORDER BY series, day_number"), parameters)


def dates(database: Database, relation: str, condition: str, scope: Scope) -> list[date]:
    """The days of a relation of the scope on which a condition of ours holds, ascending."""
    return _distinct(database, "charge_date", f"{relation} WHERE {condition}", _parameters(scope, None))


def rows(database: Database, body: str, scope: Scope, values: Mapping[str, Any] | None = None) -> Sequence[tuple[Any, ...]]:
    """The rows of a statement of ours over the definitions of the scope, with further values of its own."""
    return database.query("rows", _about_scope(body), _parameters(scope, None) | dict(values or {})).rows


def accounts(database: Database, scope: Scope) -> list[str]:
    """The accounts of the scope that used something in its period."""
    return _distinct(database, "account", "scoped_day", _parameters(scope, None))


class Asked(NamedTuple):
    """A question ready to be put: its statement, and the values of what it leaves open."""

    statement: str
    parameters: dict[str, object]


def asked(database: Database, body: str, scope: Scope, decided: Decided = NOTHING) -> Asked:
    """A statement of another room over the definitions of the scope, ready to be put. Raises UsageError and SettingsError as `answer`."""
    check(database, scope)
    statement = _about_scope(body.strip().rstrip(";"))
    return Asked(statement, _parameters(scope, None) | decided.parameters(database, scope, statement))


def day_count(database: Database, scope: Scope) -> int:
    """How many days of a period there is evidence of, be it that nothing was used."""
    statement = """SELECT count(DISTINCT charge_date) FROM evident_day
        WHERE (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
            AND (CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE))
            AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))"""
    ((count,),) = database.query_once("day_count", _about_scope(statement), _parameters(scope, None)).rows
    return int(count)


def incomparable_accounts(database: Database, scope: Scope, before: Period) -> list[str]:
    """The accounts of the scope whose evidence does not reach back to the period before, which leaves them without a change."""
    relation = "scoped_day WHERE account NOT IN (SELECT account FROM comparable_account)"
    return _distinct(database, "account", relation, _parameters(scope, before))


def _distinct(database: Database, column: str, relation: str, parameters: dict[str, object]) -> list[Any]:
    statement = _about_scope(f"SELECT DISTINCT {column} FROM {relation} ORDER BY {column}")
    return [value for (value,) in database.query_once(column, statement, parameters).rows]


def _parameters(scope: Scope, before: Period | None) -> dict[str, object]:
    return scope.parameters() | {"previous_start": before and before.start, "previous_end": before and before.end}
