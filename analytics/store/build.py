"""The next generation in the making: loads checked exports, applies ownership, and is whole or not at all; it publishes nothing.

The amount file is read by DuckDB from canonical text, twice: once for its distinct lines and credentials, which
`exports.rows` checks, and once to turn every row into three integers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

import duckdb

from analytics.errors import ImportRefused, StoreError
from analytics.exports import layouts, rows
from analytics.exports.text import StagedCsv
from analytics.frame import Frame
from analytics.ledger.ownership import Claim
from analytics.store.database import frame, translated

SCHEMA_VERSION = 1
MEMORY_LIMIT = "1GB"
MAX_LINES = 100_000
MAX_CREDENTIALS = 250_000
MAX_TOTAL = Decimal(10) ** 15

_CSV_OPTIONS = """header = false, auto_detect = false, strict_mode = true, null_padding = false, ignore_errors = false,
    delim = ',', quote = '"', escape = '"', comment = '', nullstr = '', encoding = 'utf-8', new_line = '\\n',
    max_line_size = 131072"""


class BulkRefused(Exception):
    """The fast path met something that it does not accept; the strict reader says what and where."""


@dataclass(frozen=True)
class ImportRow:
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
    first_date: date | None = None
    last_date: date | None = None
    day_count: int = 0
    undone_at: datetime | None = None


class Build:
    """An open workbench. Every change is made in `change()`, which keeps all of it or none."""

    def __init__(self, path: Path, scratch: Path) -> None:
        fresh = not path.exists()
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": str(scratch),
            "autoinstall_known_extensions": "false",
        }
        with translated():
            self._connection = duckdb.connect(str(path), config=config)
            # Only text that was checked and written by us is ever read, from one folder.
            self._connection.execute(f"SET allowed_directories = [{_literal(scratch)}]")
            self._connection.execute("SET enable_external_access = false")
            if fresh:
                self._connection.execute(_script("schema.sql"))
                self._connection.execute("INSERT INTO head VALUES (?, 0, '')", [SCHEMA_VERSION])
        self.path = path

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

    def distinct(self, staged: StagedCsv) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
        """The distinct lines (user_id, bucket…, model, type, price) and credentials (api_key, api_key_name) of a staged file.

        Raises BulkRefused where DuckDB does not read as many rows as were staged, or refuses one.
        """
        bucket = ", ".join(staged.columns[1:-6])
        self._connection.execute("DROP TABLE IF EXISTS seen_line; DROP TABLE IF EXISTS seen_credential; DROP TABLE IF EXISTS seen")
        with _refusing():
            self._connection.execute(
                f"""CREATE TEMP TABLE seen AS
                SELECT user_id, {bucket}, model, type, price, api_key, api_key_name, grouping(user_id) = 0 AS is_line, count(*) AS rows
                FROM {_csv(staged)}
                GROUP BY GROUPING SETS ((user_id, {bucket}, model, type, price), (api_key, api_key_name))"""
            )
        ((lines, credentials, rows_read),) = self.query(
            "SELECT count_if(is_line), count_if(NOT is_line), coalesce(sum(rows) FILTER (is_line), 0) FROM seen"
        ).rows
        if rows_read != staged.rows:
            raise BulkRefused(f"read {rows_read} rows of {staged.rows}")
        if lines > MAX_LINES or credentials > MAX_CREDENTIALS:
            raise ImportRefused(
                "csv-limit", f"{staged.name} holds more than {MAX_LINES:,} prices or {MAX_CREDENTIALS:,} keys", "export a shorter period"
            )
        self._connection.execute(
            f"""CREATE TEMP TABLE seen_line AS
            SELECT (row_number() OVER () + (SELECT coalesce(max(line_id), 0) FROM line))::INTEGER AS line_id,
                user_id, {bucket}, model, type, price, rows
            FROM seen WHERE is_line;
            CREATE TEMP TABLE seen_credential AS
            SELECT (row_number() OVER () + (SELECT coalesce(max(credential_id), 0) FROM credential))::INTEGER AS credential_id,
                api_key, api_key_name
            FROM seen WHERE NOT is_line"""
        )
        found_lines = self.query(f"SELECT line_id, user_id, {bucket}, model, type, price FROM seen_line ORDER BY line_id").rows
        return found_lines, self.query("SELECT credential_id, api_key, api_key_name FROM seen_credential").rows

    def register(self, row: ImportRow) -> None:
        """Add what is known about an import, without its rows."""
        self._insert("import", [_fields(row)])

    def load(
        self,
        row: ImportRow,
        lines: dict[int, rows.Line],
        charges: Sequence[rows.Charge],
        is_complete: Callable[[datetime], bool],
        staged: StagedCsv,
    ) -> None:
        """Add an import whose distinct lines were checked; `lines` maps their numbers to what they say.

        Raises BulkRefused where a row's quantity is none.
        """
        # A cost row covers the bucket it names; where one file is finer than the other, both are held together by day.
        by_hour = bool(charges) and charges[0].bucket.layout == row.layout
        self.register(row)
        self._insert(
            "line",
            [
                (number, row.import_id, *_bucket(line.bucket, by_hour), line.model, line.meter, line.unit_price, 0, 0, None, None)
                for number, line in lines.items()
            ],
        )
        self._insert(
            "charge",
            [
                (row.import_id, *_bucket(charge.bucket, by_hour), charge.model, charge.wallet_type, charge.currency, charge.billed_cost)
                for charge in charges
            ],
        )
        self._insert("day", list(_days(row, [line.bucket for line in lines.values()] + [charge.bucket for charge in charges], is_complete)))
        if lines:
            self._load_facts(row, staged)
        self._bill_lines(row.import_id)

    def _load_facts(self, row: ImportRow, staged: StagedCsv) -> None:
        bucket = ", ".join(staged.columns[1:-6])
        connection = self._connection
        connection.execute(
            """UPDATE seen_credential SET credential_id = credential.credential_id FROM credential
            WHERE credential.account = $account AND credential.api_key = seen_credential.api_key
                AND credential.api_key_name = seen_credential.api_key_name""",
            {"account": row.account},
        )
        connection.execute(
            """INSERT INTO credential SELECT credential_id, $account, api_key, api_key_name FROM seen_credential
            WHERE credential_id NOT IN (SELECT credential_id FROM credential)""",
            {"account": row.account},
        )
        ((first_line, last_line),) = self.query("SELECT min(line_id), max(line_id) FROM seen_line").rows
        span = {"first": first_line, "last": last_line}
        with self._streaming(), _refusing():
            connection.execute(
                f"""INSERT INTO fact
                SELECT line_id, credential_id,
                    CASE WHEN regexp_full_match(amount, '{layouts.QUANTITY}') THEN amount::BIGINT ELSE error('not a quantity') END
                FROM {_csv(staged)} AS staged
                JOIN seen_line USING (user_id, {bucket}, model, type, price)
                JOIN seen_credential USING (api_key, api_key_name)"""
            )
        connection.execute(
            """UPDATE line SET quantity = total.quantity, row_count = total.row_count
            FROM (SELECT line_id, sum(quantity) AS quantity, count(*) AS row_count FROM fact
                WHERE line_id BETWEEN $first AND $last GROUP BY line_id) AS total
            WHERE total.line_id = line.line_id AND line.line_id BETWEEN $first AND $last""",
            span,
        )
        connection.execute(
            """INSERT INTO credential_use
            SELECT credential_id, $import_id, min(charge_date), max(charge_date)
            FROM (SELECT DISTINCT line_id, credential_id FROM fact WHERE line_id BETWEEN $first AND $last) AS fact
            JOIN line USING (line_id) GROUP BY credential_id""",
            {**span, "import_id": row.import_id},
        )
        self._check_totals(row.import_id, staged)

    @contextmanager
    def _streaming(self) -> Iterator[None]:
        """Hash the few distinct lines and credentials and stream the many rows past them.

        The planner cannot guess the size of a CSV file, and would do the reverse.
        """
        self._connection.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
        try:
            yield
        finally:
            self._connection.execute("SET disabled_optimizers = ''")

    def _check_totals(self, import_id: int, staged: StagedCsv) -> None:
        with _refusing():
            answer = self._connection.execute(
                "SELECT sum(row_count), sum(unit_price * quantity), sum(quantity) FROM line WHERE import_id = ?", [import_id]
            ).fetchall()
        ((loaded, cost, quantity),) = answer
        if loaded != staged.rows:
            raise BulkRefused(f"loaded {loaded} rows of {staged.rows}")
        if (cost or 0) > MAX_TOTAL or quantity > 10 * MAX_TOTAL:
            raise ImportRefused(
                "csv-number", f"{staged.name} adds up to more than {MAX_TOTAL:,}", "no account spends that: the file is damaged"
            )

    def _bill_lines(self, import_id: int) -> None:
        """Give lines the currency of the cost rows of their bucket and model, where those have only one."""
        self._connection.execute(
            """UPDATE line SET currency = sole.currency, currency_basis = 'billed'
            FROM (SELECT bill_start, model, min(currency) AS currency FROM charge WHERE import_id = $import_id
                GROUP BY bill_start, model HAVING count(DISTINCT currency) = 1) AS sole
            WHERE line.import_id = $import_id AND sole.bill_start = line.bill_start AND sole.model = line.model""",
            {"import_id": import_id},
        )

    def ambiguous(self, import_id: int) -> Frame:
        """The priced lines whose bucket and model was billed in more than one currency: bill_start, model, line_id, cost."""
        return self.query(
            """SELECT bill_start, model, line_id, (unit_price * quantity)::DECIMAL(38, 18) AS computed_cost FROM line
            WHERE import_id = $import_id AND currency IS NULL AND unit_price IS NOT NULL
                AND (bill_start, model) IN (SELECT (bill_start, model) FROM charge WHERE import_id = $import_id)
            ORDER BY bill_start, model, line_id""",
            {"import_id": import_id},
        )

    def billed(self, import_id: int) -> Frame:
        """What each bucket and model of an import was billed in each currency: bill_start, model, currency, billed_cost."""
        return self.query(
            """SELECT bill_start, model, currency, sum(billed_cost)::DECIMAL(38, 18) AS billed_cost FROM charge
            WHERE import_id = $import_id GROUP BY bill_start, model, currency ORDER BY ALL""",
            {"import_id": import_id},
        )

    def settle(self, currencies: dict[int, str]) -> None:
        """Set the currency of lines that were solved."""
        self._connection.execute(
            """UPDATE line SET currency = solved.currency, currency_basis = 'solved'
            FROM (SELECT unnest($lines) AS line_id, unnest($currencies) AS currency) AS solved
            WHERE solved.line_id = line.line_id""",
            {"lines": list(currencies), "currencies": list(currencies.values())},
        )

    def undo(self, import_id: int, at: datetime) -> None:
        """Take an import and its rows out of the set; its evidence is elsewhere."""
        self._connection.execute("UPDATE import SET undone_at = ? WHERE import_id = ?", [at, import_id])
        self._connection.execute("DELETE FROM fact WHERE line_id IN (SELECT line_id FROM line WHERE import_id = ?)", [import_id])
        for table in ("line", "charge", "day", "credential_use"):
            self._connection.execute(f"DELETE FROM {table} WHERE import_id = ?", [import_id])

    def claims(self) -> list[Claim]:
        """What every active import has to say about every day."""
        found = self.query(
            """SELECT account, charge_date, import_id, is_complete, has_cost, exported_at, is_hourly, sha256
            FROM day JOIN import USING (import_id) WHERE undone_at IS NULL"""
        )
        return [Claim(*values) for values in found.rows]

    def owned(self) -> dict[tuple[str, date], int]:
        """Who owns which (account, day) now."""
        return {(account, day): number for account, day, number in self.query("SELECT account, charge_date, import_id FROM day_owner").rows}

    def own(self, owners: Iterable[Claim]) -> None:
        """Replace who owns which day, and all that follows from it."""
        self._connection.execute("DELETE FROM day_owner")
        self._insert("day_owner", [(claim.account, claim.charge_date, claim.import_id) for claim in owners])
        self._connection.execute(_script("derive.sql"))

    def finish(self, journal_seq: int, journal_hash: str) -> None:
        """Close the file with everything in it. Raises StoreError unless it reads back and left no log behind."""
        with translated():
            self._connection.execute(_script("views.sql"))
            self._connection.execute("UPDATE head SET journal_seq = ?, journal_hash = ?", [journal_seq, journal_hash])
            self._connection.execute("CHECKPOINT")
            read_back = self._connection.execute("SELECT journal_seq, journal_hash FROM head").fetchall()
            self._connection.close()
        if read_back != [(journal_seq, journal_hash)] or self.path.with_name(self.path.name + ".wal").exists():
            raise StoreError("database", "the new generation did not reach the disk whole", "free some space and try again")

    def _insert(self, table: str, values: Sequence[tuple[Any, ...]]) -> None:
        if not values:
            return
        columns = {f"c{number}": list(column) for number, column in enumerate(zip(*values, strict=True))}
        selected = ", ".join(f"unnest(${name})" for name in columns)
        self._connection.execute(f"INSERT INTO {table} SELECT {selected}", columns)


def _fields(row: ImportRow) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in row.__dataclass_fields__)


def _bucket(bucket: rows.Bucket, by_hour: bool) -> tuple[Any, ...]:
    start, _ = _whole_day(bucket)
    return bucket.charge_date, bucket.charge_start, bucket.charge_end, bucket.charge_start if by_hour else start


def _whole_day(bucket: rows.Bucket) -> tuple[datetime, datetime]:
    """The day that a bucket lies in, in naive UTC."""
    sign = -1 if bucket.utc_offset.startswith("-") else 1
    offset = sign * timedelta(hours=int(bucket.utc_offset[1:3]), minutes=int(bucket.utc_offset[4:6]))
    start = datetime.combine(bucket.charge_date, datetime.min.time()) - offset
    return start, start + timedelta(days=1)


def _days(row: ImportRow, buckets: Iterable[rows.Bucket], is_complete: Callable[[datetime], bool]) -> Iterator[tuple[Any, ...]]:
    by_date = {bucket.charge_date: bucket for bucket in buckets}
    for day, bucket in sorted(by_date.items()):
        start, end = _whole_day(bucket)
        yield row.import_id, day, start, end, is_complete(end), bucket.layout == "C-hour"


def _csv(staged: StagedCsv) -> str:
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in staged.columns)
    never_null = ", ".join(f"'{name}'" for name in staged.columns)
    return f"read_csv({_literal(staged.path)}, {_CSV_OPTIONS}, columns = {{{columns}}}, force_not_null = [{never_null}])"


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _script(name: str) -> str:
    return files("analytics.store").joinpath(name).read_text(encoding="utf-8")


@contextmanager
def _refusing() -> Iterator[None]:
    """Tell a refusal of the text from a failure of the disk."""
    try:
        yield
    except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.OutOfRangeException) as error:
        raise BulkRefused(type(error).__name__) from None
    except duckdb.Error as error:
        raise StoreError(
            "database", f"the export could not be loaded: {str(error).splitlines()[0][:200]}", "free some space and try again"
        ) from None
