"""Named questions to the database: one SQL file each, asked about one scope; it formats nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from analytics.errors import UsageError, quoted
from analytics.frame import Frame
from analytics.period import ALL_DAYS, Period, next_month

if TYPE_CHECKING:
    from analytics.store.database import Database

_SCOPE = "scope"


@dataclass(frozen=True)
class Scope:
    """What a question is asked about; None means all. `key` is a masked key or any name a key has had."""

    period: Period = ALL_DAYS
    account: str | None = None
    key: str | None = None
    model: str | None = None

    def parameters(self) -> dict[str, object]:
        """The values of the parameters that every question shares."""
        return {"start": self.period.start, "end": self.period.end, "account": self.account, "key": self.key, "model": self.model}


@cache
def questions() -> dict[str, str]:
    """The questions that can be asked, by name, with what each answers."""
    found = sorted(file.name.removesuffix(".sql") for file in files("analytics.queries").iterdir() if file.name.endswith(".sql"))
    return {name: _text(name).splitlines()[0].removeprefix("-- ") for name in found if name != _SCOPE}


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


def answer(database: Database, name: str, scope: Scope = Scope()) -> Frame:
    """The answer to a question as a frame. Raises UsageError for an unknown question or an account, key or model without rows."""
    statement = sql(name)
    check(database, scope)
    return database.query(name, statement, scope.parameters())


def dates(database: Database, relation: str, condition: str, scope: Scope) -> list[date]:
    """The days of a relation of the scope on which a condition of ours holds, ascending."""
    statement = f"{_scope()}\nSELECT DISTINCT charge_date FROM {relation} WHERE {condition} ORDER BY charge_date"
    return [day for (day,) in database.query(relation, statement, scope.parameters()).rows]


def check(database: Database, scope: Scope) -> None:
    """Refuse a scope that names what is nowhere in the data: a typo must not look like a quiet month."""
    known = {
        "account": ("account", "SELECT DISTINCT account FROM owned_day ORDER BY ALL"),
        "key": (
            "API key",
            "SELECT unnest([api_key_name, api_key]) AS name FROM named_credential GROUP BY name ORDER BY name LIKE 'sk-%', name",
        ),
        "model": ("model", "SELECT DISTINCT model FROM reconciliation UNION SELECT DISTINCT model FROM usage_line ORDER BY ALL"),
    }
    for field, (noun, statement) in known.items():
        wanted = getattr(scope, field)
        if wanted is None:
            continue
        names = [name for (name,) in database.query(field, statement).rows]
        if wanted not in names:
            shown = ", ".join(quoted(name) for name in names[:12]) + (" …" if len(names) > 12 else "")
            raise UsageError(f"{field}-unknown", f"there is no {noun} {quoted(wanted)}", f"known: {shown}")


def latest_complete_month(database: Database) -> Period:
    """The newest calendar month that ended before or on the newest complete day. Raises UsageError where there is none."""
    ((newest, oldest),) = database.query("days", "SELECT max(charge_date) FILTER (WHERE is_complete), min(charge_date) FROM owned_day").rows
    start = _month_ended_by(newest) if newest else None
    if start is None or next_month(start) <= oldest:
        raise UsageError("month-none", "no month is complete yet", "name a month with --month YYYY-MM")
    return Period(start, next_month(start))


def _month_ended_by(day: date) -> date:
    first = day.replace(day=1)
    if next_month(first).toordinal() == day.toordinal() + 1:
        return first
    return date.fromordinal(first.toordinal() - 1).replace(day=1)
