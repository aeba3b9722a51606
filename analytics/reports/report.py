"""A report: its frame with the caveats that a reader needs, such as unreconciled and partial days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from analytics.core.frame import Frame
from analytics.core.period import Period, days_text, next_month
from analytics.reports import catalog, query
from analytics.reports.scope import Scope, evident, previous
from analytics.settings.snapshot import NO_SETTINGS, SettingsSnapshot

if TYPE_CHECKING:
    from analytics.ledger.database.connection import Database


class ClosedMonth(NamedTuple):
    """A month of an account that is closed: since when (naive UTC), by whom, with which note, and for which time."""

    account: str
    month_date: date
    revision: int
    closed_at: datetime
    closed_by: str
    note: str | None


@dataclass(frozen=True)
class Report:
    """The frame, and the days of its scope that do not reconcile or were in progress when exported.

    `previous` is the period that a comparing report compares with, `day_counts` are the known days of it and of its own period,
    `doubtful_previous_dates` the days of it that do not reconcile or are partial, and `incomparable_accounts` those whose evidence
    does not reach back to it. `dates_without_hours` are days that a report by the hour leaves out. `closed_months` are the months
    that its period touches and that are closed, `open_accounts` those whose month is not, where the period is one month, and
    `late_dates` the days of closed months on which late evidence differs. `standing` are the rows of the report `months`
    where the answer is the statement of one month. `without_evidence` is the note on a period of which nothing is known, and
    `absent_dates` are the days of the period that no export covers, by account.
    """

    frame: Frame
    scope: Scope
    unreconciled_dates: list[date]
    partial_dates: list[date]
    overlapping_dates: list[date]
    compares: bool = False
    previous: Period | None = None
    day_counts: tuple[int, int] = (0, 0)
    doubtful_previous_dates: list[date] = field(default_factory=list)
    incomparable_accounts: list[str] = field(default_factory=list)
    dates_without_hours: list[date] = field(default_factory=list)
    closed_months: list[ClosedMonth] = field(default_factory=list)
    open_accounts: list[str] = field(default_factory=list)
    late_dates: list[date] = field(default_factory=list)
    standing: list[dict[str, Any]] = field(default_factory=list)
    without_evidence: str = ""
    absent_dates: Mapping[str, list[date]] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether an export covers every day of its period, and each day was over when it was exported."""
        return not (self.partial_dates or self.absent_dates)

    @property
    def notes(self) -> list[str]:
        """The caveats that go with this report wherever it is shown."""
        return [
            *filter(None, [self.without_evidence]),
            *map(_standing, self.standing),
            *self._data_caveats(),
            *self._months(),
            *self._limits(),
        ]

    @property
    def is_closed(self) -> bool:
        """Whether it is about one month, and this is closed for all that it is about."""
        return bool(self.closed_months) and self.scope.period.is_month and not self.open_accounts

    def _data_caveats(self) -> Iterator[str]:
        if self.unreconciled_dates:
            yield f"not reconciled: {days_text(self.unreconciled_dates)}; see `keyspend report reconciliation`"
        if self.partial_dates:
            yield f"in progress when exported: {days_text(self.partial_dates)}; export again to complete"
        if not self.without_evidence:
            yield from map(self._absent, self.absent_dates.items())
        if self.overlapping_dates:
            overlapping = days_text(self.overlapping_dates)
            yield f"hours counted twice, where days of different offsets meet: {overlapping}; see `keyspend report coverage`"

    def _absent(self, account_dates: tuple[str, list[date]]) -> str:
        account, dates = account_dates
        period = self.scope.period
        missing = f"no export of {account} covers {days_text(dates)}"
        if period.start is None or period.end is None:
            return missing
        days = (period.end - period.start).days
        return f"{missing}: {days - len(dates)} of {days} days"

    def _months(self) -> Iterator[str]:
        if self.late_dates:
            yield f"late evidence for a closed month: {days_text(self.late_dates)}; see `keyspend report late-adjustments`"
        if self.scope.period.is_month:
            for month in self.closed_months:
                yield f"closed on {month.closed_at:%Y-%m-%d} by {month.closed_by}: {month.account}"
            if self.closed_months and self.open_accounts:
                yield f"not closed: {', '.join(self.open_accounts)}"

    def _limits(self) -> Iterator[str]:
        if self.compares:
            before, now = self.day_counts
            counted = f", {before} days against {now}" if before != now else ""
            yield f"compared with {self.previous}{counted}" if self.previous else "there is no evidence of a period to compare with"
        if self.incomparable_accounts:
            yield f"not compared, because their evidence begins later: {', '.join(self.incomparable_accounts)}"
        if self.doubtful_previous_dates:
            yield f"of the days compared with, not reconciled or in progress: {days_text(self.doubtful_previous_dates)}"
        if self.dates_without_hours:
            yield f"left out, because their exports tell no hours: {days_text(self.dates_without_hours)}"
        if self.scope.keys and "billed_cost" in self.frame.names:
            yield "what was billed for a key is not known: the cost file names no keys"


def report(database: Database, name: str, scope: Scope, choice: catalog.Breakdown, settings: SettingsSnapshot = NO_SETTINGS) -> Report:
    """The report `name` about `scope`. Raises UsageError as `query.run` does."""
    return with_caveats(database, query.run(database, name, scope, choice, settings), scope, choice)


def with_caveats(database: Database, frame: Frame, scope: Scope, choice: catalog.Breakdown) -> Report:
    """The report of a frame that is there already, with its caveats, by the name of the frame."""
    compares = catalog.compares(frame.name)
    before = previous(database, scope) if compares else None
    closed = _closed_months(database, scope)
    absent = query.absent_dates(database, scope)
    return Report(
        frame,
        scope,
        _unreconciled(database, scope),
        query.dates(database, "scoped_day", "NOT is_complete", scope),
        query.dates(database, "scoped_day", "(account, charge_date) IN (SELECT account, charge_date FROM day_overlap)", scope),
        compares,
        before,
        (query.day_count(database, replace(scope, period=before)), query.day_count(database, scope)) if before else (0, 0),
        _doubtful(database, replace(scope, period=before)) if before else [],
        query.incomparable_accounts(database, scope, before) if before else [],
        query.dates(database, "scoped_line", "charge_end > charge_start + INTERVAL 1 HOUR", scope) if choice.grain == "hour" else [],
        closed,
        _open_accounts(database, scope, closed) if closed else [],
        query.dates(database, "scoped_late", "TRUE", scope) if closed else [],
        _standings(database, scope) if frame.name == "statement" else [],
        "" if frame.rows and not absent else _without_evidence(database, scope),
        absent,
    )


def _without_evidence(database: Database, scope: Scope) -> str:
    if query.day_count(database, scope):
        return ""
    known = evident(database, scope.account)
    return f"no export tells of any day of {scope.period}" + (f"; known are {known[0]} to {known[1]}" if known else "")


def _standings(database: Database, scope: Scope) -> list[dict[str, Any]]:
    if not scope.period.is_month:
        return []
    return list(query.run(database, "months", Scope(scope.period, scope.account, scope.currency)).records())


def _standing(month: Mapping[str, Any]) -> str:
    """Whether a month of an account is complete, reconciled and closed."""
    days, known, wrong = (month[name] for name in ("month_days", "complete_days", "unreconciled_days"))
    complete = "complete" if known == days else f"not complete ({known} of {days} days)"
    reconciled = f"not reconciled ({wrong} day{'s' if wrong > 1 else ''})" if wrong else "reconciled"
    return f"{month['account']} {month['currency']} {month['billing_period']}: {complete}, {reconciled}, {month['status']}"


def _closed_months(database: Database, scope: Scope) -> list[ClosedMonth]:
    """The closed months that the period touches."""
    statement = """SELECT account, month_date, revision, closed_at, closed_by, note
        FROM closing WHERE reopened_at IS NULL ORDER BY month_date, account"""
    found = [ClosedMonth(*row) for row in database.cached_query("closed_months", statement).rows]
    first, end = scope.period.start or date.min, scope.period.end or date.max
    return [
        month
        for month in found
        if scope.account in (None, month.account) and month.month_date < end and next_month(month.month_date) > first
    ]


def _open_accounts(database: Database, scope: Scope, closed: list[ClosedMonth]) -> list[str]:
    return sorted(set(query.accounts(database, scope)).difference(month.account for month in closed))


def _unreconciled(database: Database, scope: Scope) -> list[date]:
    if scope.keys:
        return query.dates(database, "scoped_usage", "NOT is_reconciled", scope)
    return query.dates(database, "scoped_reconciliation", "status = 'unreconciled'", scope)


def _doubtful(database: Database, scope: Scope) -> list[date]:
    partial = query.dates(database, "scoped_day", "NOT is_complete", scope)
    return sorted({*_unreconciled(database, scope), *partial})
