"""The evidence of periods: completeness, source exports, closings and feedback, with a digest that changes whenever any of them does."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from analytics.analysis.month_close.completeness import Completeness, completeness
from analytics.core.frame import Frame
from analytics.core.period import Period, next_month
from analytics.reports import catalog, query
from analytics.reports.registry import PACKS
from analytics.reports.scope import Scope, previous

if TYPE_CHECKING:
    from analytics.ledger.database.connection import Database

_DAY_SOURCES = """
    SELECT owned_day.account, owned_day.charge_date, owned_day.utc_offset, owned_day.is_complete, imports.sha256
    FROM owned_day JOIN imports USING (import_id)
    WHERE CAST($account AS VARCHAR) IS NULL OR owned_day.account = CAST($account AS VARCHAR)
    ORDER BY ALL"""
_CLOSED = """
    SELECT month_date, account, revision FROM closing
    WHERE reopened_at IS NULL AND (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
    ORDER BY ALL"""
_FEEDBACK = """
    SELECT * FROM key_feedback
    WHERE first_date < CAST($end AS DATE) AND (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
    ORDER BY act_id"""
_NEWEST_OFFSETS = "SELECT arg_max(utc_offset, charge_date) FROM owned_day GROUP BY account"
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Evidence:
    """The evidence of one scope and period: the completeness of each account, SHA-256 of source exports, and UTC offsets of the days."""

    accounts: list[Completeness]
    sources: list[str]
    utc_offsets: list[str]
    digest: str

    @property
    def missing(self) -> dict[str, list[date]]:
        """The days that are absent, or were in progress when exported, by account."""
        missing = {one.account: sorted([*one.absent_dates, *one.partial_dates]) for one in self.accounts}
        return {account: days for account, days in missing.items() if days}

    @property
    def is_complete(self) -> bool:
        """Whether there is an account with data, and no account has a missing day."""
        return bool(self.accounts) and not self.missing

    @property
    def unreconciled(self) -> dict[str, list[date]]:
        """The days on which bill and usage do not agree, by account."""
        return {one.account: one.unreconciled_dates for one in self.accounts if one.unreconciled_dates}


class EvidenceIndex:
    """The evidence of one account and currency (None: all), queried once for many periods."""

    def __init__(self, database: Database, account: str | None, currency: str | None) -> None:
        self._database = database
        self._scope = Scope(account=account, currency=currency)
        self._coverage = _ByDay(query.run(database, "coverage", Scope(account=account)))
        self._differences = _ByDay(query.run(database, "differences", self._scope))
        self._day_sources = _ByDay(database.query("day_sources", _DAY_SOURCES, self._scope.parameters()))
        self._closed = database.query("closed", _CLOSED, {"account": account}).rows

    def evidence(self, period: Period, reports: tuple[str, ...]) -> Evidence:
        """The evidence of a period with start and end, with the period before and feedback on days where one of `reports` reads them."""
        scope = replace(self._scope, period=period)
        compared = previous(self._database, scope) if any(name in PACKS or catalog.compares(name) for name in reports) else None
        sources = self._day_sources.of(period).rows
        before = self._day_sources.of(compared).rows if compared else []
        accounts = completeness(period, self._coverage.of(_with_month_before(period)), self._differences.of(period))
        closed = [row for row in self._closed if row[0] < (period.end or date.max) and next_month(row[0]) > (period.start or date.min)]
        feedback = self._database.query("feedback", _FEEDBACK, scope.parameters()).rows if any(map(catalog.takes_feedback, reports)) else []
        digest = sha256(repr((scope, sources, before, accounts, closed, *feedback)).encode()).hexdigest()
        return Evidence(accounts, sorted({row[-1] for row in sources}), sorted({row[2] for row in sources}), digest)


class _ByDay:
    """A frame with its rows indexed by their `charge_date`."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._rows: dict[date, list[tuple[Any, ...]]] = defaultdict(list)
        for day, row in zip(frame.values("charge_date"), frame.rows, strict=True):
            self._rows[day].append(row)

    def of(self, period: Period) -> Frame:
        """The rows of a period with start and end, in the order of days."""
        days = range(((period.end or date.min) - (period.start or date.min)).days)
        first = period.start or date.min
        return replace(self._frame, rows=[row for number in days for row in self._rows.get(first + number * _DAY, ())])


def _with_month_before(period: Period) -> Period:
    """The period extended by the month before, so that accounts that were in use then and have no data now are included."""
    return Period(period.start and (period.start - _DAY).replace(day=1), period.end)


def today(database: Database | None, now: datetime) -> date:
    """The date at `now` (naive UTC) in the westernmost offset of the newest days of all accounts, so that all of them have reached it."""
    offsets = [text for (text,) in database.cached_query("offsets", _NEWEST_OFFSETS).rows] if database else []
    return (now + min(map(_shift, offsets), default=timedelta())).date()


def _shift(offset: str) -> timedelta:
    """The UTC offset of a text such as `+08:00`."""
    return datetime.strptime(offset, "%z").utcoffset() or timedelta()
