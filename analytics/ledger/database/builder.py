"""The builder of the next generation: it loads checked exports and assigns a source to every day, each change whole or not at all."""

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
    """A line with its number, its total over all credentials and, where its bill determines it, its currency."""

    line_id: int
    line: UsageLine
    bill_start: datetime
    quantity: int
    row_count: int
    currency: str | None
    currency_basis: str | None


BilledCharge = tuple[datetime, Charge]
"""The start of the bucket in which a charge is reconciled with lines, and the charge."""


class ImportRow(NamedTuple):
    """A row of the table `import`: the metadata of an import; all instants are naive UTC, `declared_end` is exclusive."""

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
"""The claim of every active import on each of its days: the fields of a DayClaim, in their order."""


class Build:
    """A generation that is being built, open for writing. Changes are made in `change()`, which keeps all of a block or nothing."""

    def __init__(self, path: Path, scratch: Path) -> None:
        self.path = path
        self._is_new = not path.exists()
        config: dict[str, str | bool | int | float | list[str]] = {
            "threads": 1,
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": str(scratch),
            "autoinstall_known_extensions": "false",
            "fsync_mode": "NONE",  # `generations.seal` waits once until all of the file is on the disk
        }
        with translated():
            self._connection = duckdb.connect(str(path), config=config)
            self._connection.execute(f"SET enable_external_access = false; {SILENT}")
            if self._is_new:
                self._connection.execute(_script("schema.sql"))
            else:
                monthly_rollup.store_lines_before(self._connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    @contextmanager
    def change(self) -> Iterator[None]:
        """Commit the changes of the block, or roll all of them back where it raises."""
        self._connection.execute("BEGIN")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise

    def query(self, sql: str, parameters: dict[str, Any] | None = None) -> Frame:
        """Return the result of a query on the generation as it is now. Raises StoreError."""
        with translated():
            return frame(self._connection, "build", sql, parameters or {})

    def active(self, sha256: str) -> int | None:
        """Return the number of the active import of the evidence `sha256`; None where there is none."""
        rows = self.query("SELECT import_id FROM import WHERE sha256 = $sha256 AND undone_at IS NULL", {"sha256": sha256}).rows
        return rows[0][0] if rows else None

    def facts(self, account: str) -> bulk_load.Facts:
        """Return the loader for the rows of one export of `account`."""
        return bulk_load.Facts(self._connection, account)

    def register(self, row: ImportRow) -> None:
        """Add the metadata of an import, without its rows."""
        bulk_load.insert(self._connection, "import", [row])

    def load(self, row: ImportRow, lines: Sequence[PricedLine], charges: Sequence[BilledCharge]) -> None:
        """Add an import without its facts, which are loaded already: its metadata, lines, charges, days and uses of credentials."""
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
        """Return the closed months, by account and first day, with days whose source is this import."""
        return self.query(closed_months.CLOSED_WITH, {"import_id": import_id}).rows

    def undo(self, import_id: int, at: datetime) -> None:
        """Mark an import as undone at `at` (naive UTC) and delete its rows; its metadata stays."""
        self._connection.execute("UPDATE import SET undone_at = ? WHERE import_id = ?", [at, import_id])
        self._connection.execute("DELETE FROM fact WHERE line_id IN (SELECT line_id FROM line WHERE import_id = ?)", [import_id])
        for table in ("line", "charge", "day", "credential_use"):
            self._connection.execute(f"DELETE FROM {table} WHERE import_id = ?", [import_id])

    def close(self, closing: MonthSnapshot, note: closed_months.CloseNote) -> None:
        """Close a month of an account."""
        closed_months.close(self._connection, closing, note)

    def reopen(self, account: str, month_date: date, at: datetime, by: str, reason: str) -> None:
        """Reopen a month of an account at `at` (naive UTC)."""
        closed_months.reopen(self._connection, (account, month_date), at, by, reason)

    def add_feedback(self, act_id: int, feedback: Feedback) -> None:
        """Add feedback on days of a key."""
        bulk_load.insert(self._connection, "key_feedback", [(act_id, *feedback)])

    def current_sources(self) -> dict[tuple[str, date], int]:
        """Return the number of the import that is the source of each (account, day) now."""
        return {
            (account, day): number for account, day, number in self.query("SELECT account, charge_date, import_id FROM day_source").rows
        }

    def assign_days(self) -> None:
        """Assign the source of every day, by the claims of active imports and the closed months, and rebuild the tables derived from it."""
        claims = [DayClaim(*values) for values in self.query(CLAIMS).rows]
        frozen = closed_months.frozen(self.query(closed_months.FROZEN).rows)
        sources = day_sources.day_sources(claims, frozen).values()
        self._connection.execute("DELETE FROM day_source")
        bulk_load.insert(self._connection, "day_source", [(claim.account, claim.charge_date, claim.import_id) for claim in sources])
        self._connection.execute(_script("derived_tables.sql"))
        if frozen:
            closed_months.store_late_days(self._connection, day_sources.late_claims(claims, frozen))

    def finish(self, journal_seq: int, journal_hash: str) -> None:
        """Write the head (the number and hash of the last act) and close the file.

        Raises StoreError unless the head reads back and no write-ahead log is left.
        """
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
