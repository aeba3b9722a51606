"""The tables of closed months in a generation: what was frozen, by which act, and how later evidence differs from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from analytics.ledger.database import bulk_load
from analytics.ledger.day_sources import DayClaim, Frozen
from analytics.ledger.month_snapshot import MonthSnapshot

if TYPE_CHECKING:
    import duckdb

FROZEN = """SELECT closing.account, closing.month_date, closed_day.charge_date, closed_day.sha256
FROM closing
LEFT JOIN closed_day ON closed_day.account = closing.account AND closed_day.month_date = closing.month_date
WHERE closing.reopened_at IS NULL"""
"""The days of closed months, with the evidence that is the source of each; a month without sources has one row without a day."""

CLOSED_WITH = """SELECT DISTINCT closed_day.account, closed_day.month_date
FROM closed_day
JOIN import ON import.sha256 = closed_day.sha256 AND import.undone_at IS NULL
WHERE import.import_id = $import_id
ORDER BY ALL"""
"""The closed months with days whose source is an import."""


class CloseNote(NamedTuple):
    """The act that closed a month: number, instant (naive UTC), user and note; `forced_reason` is why it was forced past failed checks."""

    act_id: int
    closed_at: datetime
    closed_by: str
    note: str | None
    forced_reason: str | None


def frozen(rows: Iterable[tuple[Any, ...]]) -> Frozen:
    """Return the rows of FROZEN by account and month: the evidence (SHA-256) of each day that has a source."""
    months: dict[tuple[str, date], dict[date, str]] = defaultdict(dict)
    for account, month_date, day, sha256 in rows:
        months[account, month_date] |= {} if day is None else {day: sha256}
    return months


def close(connection: duckdb.DuckDBPyConnection, closing: MonthSnapshot, note: CloseNote) -> None:
    """Close a month. Its revision is the number of its closes so far, this one included."""
    connection.execute(
        """INSERT INTO closing
        SELECT $account, $month_date, count(*) + 1, $act_id, $closed_at, $closed_by, $note, $forced_reason, $evidence, NULL, NULL, NULL
        FROM closing WHERE account = $account AND month_date = $month_date""",
        {"account": closing.account, "month_date": closing.month_date, "evidence": closing.evidence_sha256, **note._asdict()},
    )
    month = (closing.account, closing.month_date)
    bulk_load.insert(connection, "closed_day", [(*month, day, sha256) for day, sha256 in closing.day_sources.items()])
    bulk_load.insert(connection, "closed_price", [(*month, *price) for price in closing.prices])


def reopen(connection: duckdb.DuckDBPyConnection, month: tuple[str, date], at: datetime, by: str, reason: str) -> None:
    """Reopen a month of an account, and delete its frozen days and prices and its late adjustments."""
    connection.execute(
        """UPDATE closing SET reopened_at = ?, reopened_by = ?, reopen_reason = ?
        WHERE account = ? AND month_date = ? AND reopened_at IS NULL""",
        [at, by, reason, *month],
    )
    for table in ("closed_day", "closed_price"):
        connection.execute(f"DELETE FROM {table} WHERE account = ? AND month_date = ?", list(month))
    for table in ("late_day", "late_adjustment"):
        connection.execute(f"DELETE FROM {table} WHERE account = ? AND date_trunc('month', charge_date) = ?", list(month))


def store_late_days(connection: duckdb.DuckDBPyConnection, claims: Iterable[DayClaim]) -> None:
    """Store the late claims on days of closed months, and the adjustments by which their evidence differs from the close."""
    connection.execute("DELETE FROM late_day")
    bulk_load.insert(connection, "late_day", [(claim.account, claim.charge_date, claim.import_id) for claim in claims])
    connection.execute((Path(__file__).parent / "late_adjustments.sql").read_text(encoding="utf-8"))
