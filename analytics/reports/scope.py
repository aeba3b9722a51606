"""The scope of a report, checked against the data, because a typo must not look like a quiet month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from analytics.core.errors import UsageError, quoted
from analytics.core.period import ALL_DAYS, Period, like_before, next_month

if TYPE_CHECKING:
    from analytics.ledger.database.connection import Database

_KNOWN = {
    "account": ("account", "SELECT DISTINCT account FROM owned_day ORDER BY ALL"),
    "currency": ("currency", "SELECT DISTINCT currency FROM reconciliation UNION SELECT DISTINCT currency FROM usage_line ORDER BY ALL"),
    "keys": (
        "API key",
        """SELECT name FROM (SELECT api_key_name AS name FROM named_credential UNION SELECT api_key FROM named_credential)
        ORDER BY name LIKE 'sk-%', name""",
    ),
    "models": ("model", "SELECT DISTINCT model FROM reconciliation UNION SELECT DISTINCT model FROM usage_line ORDER BY ALL"),
}
_CODES = {"keys": "key-unknown", "models": "model-unknown"}


@dataclass(frozen=True)
class Scope:
    """The scope of a report; None and () mean all. A key is a masked key or any name a key has had."""

    period: Period = ALL_DAYS
    account: str | None = None
    currency: str | None = None
    keys: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    against: Period | None = None
    """What it is compared with; None is the like period before."""
    only_complete: bool = False
    """Whether days that were in progress when exported are left out."""

    def parameters(self) -> dict[str, object]:
        """The values of the parameters that every statement shares."""
        return {
            "start": self.period.start,
            "end": self.period.end,
            "account": self.account,
            "currency": self.currency,
            "keys": list(self.keys) or None,
            "models": list(self.models) or None,
            "only_complete": self.only_complete,
        }


EVERYTHING = Scope()


def check(database: Database, scope: Scope) -> None:
    """Refuse a scope that names what is nowhere in the data. Raises UsageError with what is known instead."""
    for field, (noun, statement) in _KNOWN.items():
        value = getattr(scope, field)
        wanted = [value] if isinstance(value, str) else list(value or ())
        if not wanted:
            continue
        # The database looks for them: to list all the names that many keys have had takes longer than most questions.
        among = f"SELECT name FROM ({statement}) AS known(name) WHERE name IN (SELECT unnest(CAST($wanted AS VARCHAR[])))"
        found = {name for (name,) in database.cached_query(field, among, {"wanted": wanted}).rows}
        missing = [quoted(name) for name in wanted if name not in found]
        if missing:
            names = [name for (name,) in database.cached_query(field, statement).rows]
            shown = ", ".join(quoted(name) for name in islice(names, 12)) + (" …" if len(names) > 12 else "")
            raise UsageError(_CODES.get(field, f"{field}-unknown"), f"there is no {noun} {', '.join(missing)}", f"known: {shown}")


def previous(database: Database, scope: Scope) -> Period | None:
    """The period that a scope is compared with: its own `against`, or the like period before; None where no evidence reaches back."""
    if scope.against:
        return scope.against
    span = evident(database, scope.account)
    before = like_before(scope.period, *span) if span else None
    return before if span and before and before.start and before.start >= span[0] else None


def evident(database: Database, account: str | None = None) -> tuple[date, date] | None:
    """The first and the last day that an export covers, with or without use; None without evidence."""
    statement = """
        SELECT min(first_date), max(last_date)
        FROM (
            SELECT account, charge_date AS first_date, charge_date AS last_date FROM owned_day
            UNION ALL
            SELECT account, declared_start, least(declared_end - 1, CAST(proven_until - day_shift AS DATE) - 1) FROM covered_period
        ) AS known
        WHERE CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR)"""
    ((first, last),) = database.cached_query("evident", statement, {"account": account}).rows
    return (first, last) if first else None


def newest_day(database: Database, scope: Scope) -> date:
    """The last day of a scope that has an end, else the newest complete day of its account, or of all.

    Raises UsageError where no day is complete.
    """
    if scope.period.end:
        return scope.period.end - timedelta(days=1)
    statement = """SELECT max(charge_date) FROM owned_day
        WHERE is_complete AND (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))"""
    ((newest,),) = database.cached_query("newest", statement, {"account": scope.account}).rows
    if newest is None:
        raise UsageError("day-none", "no day is complete yet", "export again when the day is over")
    day: date = newest
    return day


def latest_complete_month(database: Database) -> Period:
    """The newest calendar month that ended before or on the newest complete day. Raises UsageError where there is none."""
    statement = "SELECT max(charge_date) FILTER (WHERE is_complete), min(charge_date) FROM owned_day"
    ((newest, oldest),) = database.cached_query("days", statement).rows
    start = _month_ended_by(newest) if newest else None
    if start is None or next_month(start) <= oldest:
        raise UsageError("month-none", "no month is complete yet", "name a month with --month YYYY-MM")
    return Period(start, next_month(start))


def _month_ended_by(day: date) -> date:
    first = day.replace(day=1)
    if next_month(first).toordinal() == day.toordinal() + 1:
        return first
    return date.fromordinal(first.toordinal() - 1).replace(day=1)
