"""The acts `close` and `reopen`: a month is closed after its checks, or reopened, for all its accounts or for none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from analytics.analysis.month_close.checks import CODES, OVERLAP, RUNNING, FailedCheck, failed_checks
from analytics.analysis.month_close.completeness import completeness
from analytics.core.clock import Clock
from analytics.core.data_directory import DataDirectory
from analytics.core.errors import AnalyticsError, IncompleteError, UnreconciledError, UsageError, quoted
from analytics.core.period import Period, days_text, month
from analytics.ledger.database.connection import Database
from analytics.ledger.database.take_snapshot import take_snapshot
from analytics.ledger.month_snapshot import MonthSnapshot
from analytics.operations.commit import commit_acts, sanitize_note, user
from analytics.operations.replay import close, latest_generation, reopen, writing
from analytics.reports import query
from analytics.reports.scope import Scope

_CLOSED = "SELECT account FROM closing WHERE month_date = $month AND reopened_at IS NULL ORDER BY account"


@dataclass(frozen=True)
class Closed:
    """A closed month of an account: the number of its act, its month snapshot, and the failed checks that it was forced past."""

    act_id: int
    closing: MonthSnapshot
    failed_checks: list[FailedCheck]


def close_month(
    directory: DataDirectory, text: str, clock: Clock, *, note: str = "", account: str | None = None, force_reason: str | None = None
) -> list[Closed]:
    """Close the month `text` (2026-06) of an account, or of every account with evidence of it that is open; return one Closed for each.

    Raises IncompleteError or UnreconciledError, which name the days, where a check fails and there is no `force_reason`, and
    UsageError where there is nothing to close: no evidence, or closed already.
    """
    period, now = month(text), clock()
    _require(force_reason, "to force a close needs a reason")
    with writing(directory, "close"):
        path = latest_generation(directory)
        with Database(path) as database:
            failed = _failed_checks(database, period, account, now)
            if force_reason is None:
                _refuse(period, failed)
            closings = [take_snapshot(database, name, _start(period)) for name in failed]
        arguments = [_arguments(item, note, force_reason, failed[item.account]) for item in closings]
        acts = commit_acts(directory, path, now, "close", arguments, close)
    return [Closed(act.seq, item, failed[item.account]) for act, item in zip(acts, closings, strict=True)]


def reopen_month(directory: DataDirectory, text: str, clock: Clock, *, reason: str, account: str | None = None) -> list[str]:
    """Reopen the closed month `text` (2026-06) of an account, or of all, so that its day sources are assigned anew; return the accounts.

    Raises UsageError where it is not closed, and without a reason.
    """
    period, now = month(text), clock()
    _require(reason, "to reopen a month needs a reason")
    with writing(directory, "reopen"):
        path = latest_generation(directory)
        with Database(path) as database:
            accounts = [name for name in _closed(database, period) if account in (None, name)]
        if not accounts:
            raise UsageError("month-open", f"{period}{_of(account)} is not closed", "`keyspend report months` lists what is")
        arguments = [{"user": user(), "account": name, "month": str(period), "reason": sanitize_note(reason)} for name in accounts]
        commit_acts(directory, path, now, "reopen", arguments, reopen)
    return accounts


def _require(reason: str | None, message: str) -> None:
    if reason is not None and not reason.strip():
        raise UsageError("reason-missing", message, 'say why with --reason "…"; it is kept in the journal')


def _start(period: Period) -> date:
    return period.start or date.min


def _of(account: str | None) -> str:
    return f" of {quoted(account)}" if account else ""


def _closed(database: Database, period: Period) -> list[str]:
    return [name for (name,) in database.query("closed", _CLOSED, {"month": period.start}).rows]


def _failed_checks(database: Database, period: Period, account: str | None, now: datetime) -> dict[str, list[FailedCheck]]:
    """Return the failed checks of each account that is to be closed, which may be none. Raises UsageError without such an account."""
    # Coverage starts in the month before, because an account that was used then and not in this month was idle in it.
    before = (_start(period) - timedelta(days=1)).replace(day=1)
    coverage = query.run(database, "coverage", Scope(Period(before, period.end), account))
    differences = query.run(database, "differences", Scope(period, account))
    known = {row["account"] for row in coverage.records() if row["charge_date"] >= period.start and row["status"] != "absent"}
    if not known:
        raise UsageError("month-unknown", f"there is no evidence of {period}{_of(account)}", "`keyspend report months` lists the months")
    is_over = period.end is not None and now.date() >= period.end
    completeness_of = {item.account: item for item in completeness(period, coverage, differences) if item.account in known}
    open_accounts = known.difference(_closed(database, period))
    if not open_accounts:
        raise UsageError("month-closed", f"{period}{_of(account)} is closed already", "`keyspend report months` says when and by whom")
    return {
        account: list(failed_checks(item, differences, is_over=is_over))
        for account, item in completeness_of.items()
        if account in open_accounts
    }


def _refuse(period: Period, failed: dict[str, list[FailedCheck]]) -> None:
    """Raise the error of the gravest failed check, if any: IncompleteError or UnreconciledError."""
    codes = {check.code for checks in failed.values() for check in checks}
    if not codes:
        return
    gravest = next(code for code in CODES if code in codes)
    error: type[AnalyticsError] = UnreconciledError if CODES.index(gravest) >= CODES.index(OVERLAP) else IncompleteError
    state = "is not over" if gravest == RUNNING else "cannot be closed"
    wrong = "; ".join(f"{account}: {check}" for account, checks in failed.items() for check in checks)
    hint = 'export these days again and import them, or close all the same with --force --reason "…"'
    raise error(gravest, f"{period} {state}: {wrong}", hint)


def _arguments(closing: MonthSnapshot, note: str, force_reason: str | None, failed: list[FailedCheck]) -> dict[str, Any]:
    """Return the arguments of a close in the journal: the snapshot, the user, the note, and the failed checks that it was forced past."""
    checks = [{"code": check.code, "wrong": check.wrong, "days": days_text(check.dates)} for check in failed]
    forced = None if force_reason is None else {"reason": sanitize_note(force_reason), "failed": checks}
    return {"user": user(), **closing.arguments(), "note": sanitize_note(note), "forced": forced}
