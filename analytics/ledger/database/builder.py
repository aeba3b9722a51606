"""The next generation in the making: takes in checked exports, applies ownership, and is whole or not at all; it publishes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple, Self

import duckdb

from analytics.core.errors import StoreError
from analytics.core.frame import Frame
from analytics.core.usage import Bucket, Charge, UsageLine
from analytics.ledger import day_sources
from analytics.ledger.database import bulk_load, closed_months, monthly_rollup
from analytics.ledger.database.connection import SCHEMA_VERSION, SILENT, frame, translated
from analytics.ledger.day_sources import DayClaim
from analytics.ledger.feedback import Feedback
from analytics.ledger.month_snapshot import MonthSnapshot

MEMORY_LIMIT = "1GB"


class PricedLine(NamedTuple):
    """A line with its number, its total over all credentials and, where its bill gives one, its currency."""

    line_id: int
    line: UsageLine
    bill_start: datetime
    quantity: int
    row_count: int
    currency: str | None
    currency_basis: str | None


BilledCharge = tuple[datetime, Charge]
"""A charge, after the start of the bucket in which it is held against lines."""


class ImportRow(NamedTuple):
    """What a generation knows about an import besides its rows."""

    import_id: int
    account: str | None
    sha256: str
    source_name: str
    layout: str
    utc_offset: str | None
    exported_at: datetime
    exported_at_basis: str
    imported_at: datetime
    has_cost: bool
    declared_start: date | None
    declared_end: date | None
    amount_rows: int
    cost_rows: int | None
    proven_until: datetime | None = None
    first_date: date | None = None
    last_date: date | None = None
    day_count: int = 0
    undone_at: datetime | None = None


CLAIMS = """SELECT account, charge_date, import_id, is_proven, quantity, is_complete, has_cost, proven_until, exported_at, is_hourly, sha256
FROM day JOIN import USING (import_id) WHERE undone_at IS NULL"""
"""The claim of every active import to every day: the fields of a DayClaim."""


class Build:
    """An open workbench. Every change is made in `change()`, which keeps all of it or none."""

    def __init__(self, path: Path, scratch: Path) -> None:
        self.path = path
        self._is_new = not path.exists()
        config: dict[str, str | bool | int | float | list[str]] = {
            "threads": 1,
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": str(scratch),
            "autoinstall_known_extensions": "false",
            "fsync_mode": "NONE",  # who seals the file waits once until all of it is on the disk
        }
        with translated():
            self._connection = duckdb.connect(str(path), config=config)
            self._connection.execute(f"SET enable_external_access = false; {SILENT}")
            if self._is_new:
                self._connection.execute(_script("schema.sql"))
            else:
                monthly_rollup.remember(self._connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    @contextmanager
    def change(self) -> Iterator[None]:
        """Keep what the block did, or, when it raises, nothing of it."""
        self._connection.execute("BEGIN")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise

    def query(self, sql: str, parameters: dict[str, Any] | None = None) -> Frame:
        """The answer to a question about the generation as it stands."""
        with translated():
            return frame(self._connection, "build", sql, parameters or {})

    def active(self, sha256: str) -> int | None:
        """The number of the active import of this evidence."""
        found = self.query("SELECT import_id FROM import WHERE sha256 = $sha256 AND undone_at IS NULL", {"sha256": sha256}).rows
        return found[0][0] if found else None

    def facts(self, account: str) -> bulk_load.Facts:
        """Where the rows of an export of this account are added."""
        return bulk_load.Facts(self._connection, account)

    def register(self, row: ImportRow) -> None:
        """Add what is known about an import, without its rows."""
        bulk_load.insert(self._connection, "import", [row])

    def load(self, row: ImportRow, lines: Sequence[PricedLine], charges: Sequence[BilledCharge]) -> None:
        """Add the import itself, its lines, its bill and its days: all but its facts."""
        self.register(row)
        bulk_load.insert(self._connection, "line", [_line(row.import_id, item) for item in lines])
        bulk_load.insert(self._connection, "charge", [_charge(row.import_id, *item) for item in charges])
        bulk_load.insert(self._connection, "day", list(_days(row, lines, charges)))
        if lines:
            self._connection.execute(
                """INSERT INTO credential_use
                SELECT credential_id, $import_id, min(charge_date), max(charge_date)
                FROM fact JOIN line USING (line_id) WHERE line_id BETWEEN $first AND $last GROUP BY credential_id""",
                {"import_id": row.import_id, "first": lines[0].line_id, "last": lines[-1].line_id},
            )

    def closed_with(self, import_id: int) -> Sequence[tuple[str, date]]:
        """The months, by account and first day, that were closed with days of this import."""
        return self.query(closed_months.CLOSED_WITH, {"import_id": import_id}).rows

    def undo(self, import_id: int, at: datetime) -> None:
        """Take an import and its rows out of the set; its evidence is elsewhere."""
        self._connection.execute("UPDATE import SET undone_at = ? WHERE import_id = ?", [at, import_id])
        self._connection.execute("DELETE FROM fact WHERE line_id IN (SELECT line_id FROM line WHERE import_id = ?)", [import_id])
        for table in ("line", "charge", "day", "credential_use"):
            self._connection.execute(f"DELETE FROM {table} WHERE import_id = ?", [import_id])

    def close(self, closing: MonthSnapshot, note: closed_months.CloseNote) -> None:
        """Freeze a month of an account."""
        closed_months.close(self._connection, closing, note)

    def reopen(self, account: str, month_date: date, at: datetime, by: str, reason: str) -> None:
        """Let go of a month of an account."""
        closed_months.reopen(self._connection, (account, month_date), at, by, reason)

    def add_feedback(self, act_id: int, feedback: Feedback) -> None:
        """Add feedback on days of a key."""
        bulk_load.insert(self._connection, "key_feedback", [(act_id, *feedback)])

    def day_sources(self) -> dict[tuple[str, date], int]:
        """The import that is the source of each (account, day) now."""
        return {(account, day): number for account, day, number in self.query("SELECT account, charge_date, import_id FROM day_owner").rows}

    def assign_days(self) -> None:
        """Choose the source of each day, from the claims of active imports and the closed months, and derive all that follows."""
        claims = [DayClaim(*values) for values in self.query(CLAIMS).rows]
        frozen = closed_months.frozen(self.query(closed_months.FROZEN).rows)
        owners = day_sources.day_sources(claims, frozen).values()
        self._connection.execute("DELETE FROM day_owner")
        bulk_load.insert(self._connection, "day_owner", [(claim.account, claim.charge_date, claim.import_id) for claim in owners])
        self._connection.execute(_script("derived_tables.sql"))
        if frozen:
            closed_months.hold_late(self._connection, day_sources.late(claims, frozen))

    def finish(self, journal_seq: int, journal_hash: str) -> None:
        """Close the file with everything in it. Raises StoreError unless it reads back and left no log behind."""
        with translated():
            if self._is_new:
                self._connection.execute(_script("views.sql"))
            keeps_months = monthly_rollup.refresh(self._connection)
            self._connection.execute("DELETE FROM head")
            self._connection.execute("INSERT INTO head VALUES (?, ?, ?, ?)", [SCHEMA_VERSION, journal_seq, journal_hash, keeps_months])
            self._connection.execute("CHECKPOINT")
            read_back = self._connection.execute("SELECT journal_seq, journal_hash FROM head").fetchall()
            self._connection.close()
        if read_back != [(journal_seq, journal_hash)] or self.path.with_name(self.path.name + ".wal").exists():
            raise StoreError("database", "the new generation did not reach the disk whole", "free some space and try again")


def _line(import_id: int, item: PricedLine) -> tuple[Any, ...]:
    line = item.line
    named = (*_bucket(line.bucket), item.bill_start, line.model, line.meter, line.unit_price)
    return (item.line_id, import_id, *named, item.quantity, item.row_count, item.currency, item.currency_basis)


def _charge(import_id: int, bill_start: datetime, charge: Charge) -> tuple[Any, ...]:
    return (import_id, *_bucket(charge.bucket), bill_start, charge.model, charge.wallet_type, charge.currency, charge.billed_cost)


def _bucket(bucket: Bucket) -> tuple[date, datetime, datetime]:
    return bucket.charge_date, bucket.charge_start, bucket.charge_end


def _days(row: ImportRow, lines: Iterable[PricedLine], charges: Iterable[BilledCharge]) -> Iterator[tuple[Any, ...]]:
    quantities: Counter[date] = Counter()
    by_date: dict[date, Bucket] = {}
    for item in lines:
        by_date[item.line.bucket.charge_date] = item.line.bucket
        quantities[item.line.bucket.charge_date] += item.quantity
    by_date |= {charge.bucket.charge_date: charge.bucket for _, charge in charges}
    for day, bucket in sorted(by_date.items()):
        start, end = bucket.day
        is_proven = row.proven_until is not None and row.proven_until >= end
        is_hourly = bucket.charge_end - bucket.charge_start < end - start
        yield row.import_id, day, start, end, is_proven, quantities[day], row.exported_at >= end, is_hourly


def _script(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
