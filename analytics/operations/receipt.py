"""The receipt of an import: the days that it covers, its totals, its reconciliation, the days that it replaced, and its findings."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from analytics.core.frame import Frame
from analytics.core.money import EXACT, exact_sum, plain
from analytics.ledger.database.builder import Build, ImportRow
from analytics.operations.findings import DaySources, Finding, findings


@dataclass(frozen=True)
class Total:
    """The costs of an export in one currency; billed cost and variance are None without a cost file."""

    currency: str
    billed_cost: Decimal | None
    computed_cost: Decimal
    variance: Decimal | None


@dataclass(frozen=True)
class Difference:
    """A day, model and currency that does not reconcile: its variance in `currency`, None where unknown, and the reason."""

    charge_date: date
    model: str
    currency: str
    variance: Decimal | None
    reason: str


@dataclass
class Receipt:
    """The result of one import. `status` is `imported` or, for evidence that is active already, `duplicate`.

    `owned_days` counts the days whose source is this import; `replaced` has the days taken over from each other import, `kept` those
    that stay with each other import.
    """

    source_name: str
    status: str
    import_id: int
    sha256: str
    layout: str = ""
    account: str | None = None
    utc_offset: str | None = None
    exported_at: datetime | None = None
    exported_at_basis: str = ""
    first_date: date | None = None
    last_date: date | None = None
    day_count: int = 0
    owned_days: int = 0
    partial_dates: list[date] = field(default_factory=list)
    amount_rows: int = 0
    cost_rows: int | None = None
    totals: list[Total] = field(default_factory=list)
    is_reconciled: bool = True
    differences: list[Difference] = field(default_factory=list)
    replaced: dict[int, list[date]] = field(default_factory=dict)
    kept: dict[int, list[date]] = field(default_factory=dict)
    closed_dates: list[date] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; money as text with all its digits."""
        return {part.name: _plain_json(getattr(self, part.name)) for part in fields(self)}


def _plain_json(value: Any) -> Any:
    if isinstance(value, Finding):
        return {"code": value.code, "text": value.text}
    if is_dataclass(value):
        return {part.name: _plain_json(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain_json(item) for item in value]
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return f"{value.isoformat()}Z"
    return value.isoformat() if isinstance(value, date) else value


def receipt(build: Build, row: ImportRow, before: DaySources, after: DaySources) -> Receipt:
    """Return the receipt of the loaded import `row`; `before` and `after` are the day sources without and with it."""
    buckets = build.query(
        """SELECT charge_date, model, currency, billed_cost, computed_cost, variance, status, reason
        FROM bucket_reconciliation WHERE import_id = $id ORDER BY ALL""",
        {"id": row.import_id},
    )
    days = build.query("SELECT charge_date, is_complete FROM day WHERE import_id = $id ORDER BY ALL", {"id": row.import_id}).rows
    differences = _differences(buckets)
    closed_dates = _closed(build, row)
    kept = _kept(row, [day for day, _ in days if day not in closed_dates], after)
    return Receipt(
        source_name=row.source_name,
        status="imported",
        import_id=row.import_id,
        sha256=row.sha256,
        layout=row.layout,
        account=row.account,
        utc_offset=row.utc_offset,
        exported_at=row.exported_at,
        exported_at_basis=row.exported_at_basis,
        first_date=row.first_date,
        last_date=row.last_date,
        day_count=row.day_count,
        owned_days=sum(after.get((row.account or "", day)) == row.import_id for day, _ in days),
        partial_dates=[day for day, is_complete in days if not is_complete],
        amount_rows=row.amount_rows,
        cost_rows=row.cost_rows,
        totals=_totals(buckets, row.has_cost),
        is_reconciled=not differences,
        differences=differences,
        replaced=_replaced(row, before, after),
        kept=kept,
        closed_dates=closed_dates,
        findings=findings(build, row, before, after),
    )


def _totals(buckets: Frame, has_cost: bool) -> list[Total]:
    parts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in buckets.records():
        parts[record["currency"]].append(record)
    return [_total(currency, records, has_cost) for currency, records in sorted(parts.items())]


def _total(currency: str, records: list[dict[str, Any]], has_cost: bool) -> Total:
    billed = exact_sum(record["billed_cost"] or Decimal(0) for record in records)
    computed = exact_sum(record["computed_cost"] for record in records)
    return Total(currency, billed if has_cost else None, computed, EXACT.subtract(billed, computed) if has_cost else None)


def _differences(buckets: Frame) -> list[Difference]:
    """Return the days, models and currencies with a bucket that does not reconcile, the variances of a day added up."""
    parts: dict[tuple[date, str, str], list[dict[str, Any]]] = defaultdict(list)
    for record in buckets.records():
        if record["status"] == "unreconciled":
            parts[record["charge_date"], record["model"], record["currency"]].append(record)
    differences = []
    for (day, model, currency), records in parts.items():
        known = [record["variance"] for record in records if record["variance"] is not None]
        reasons = "; ".join(sorted({record["reason"] for record in records}))
        differences.append(Difference(day, model, currency, exact_sum(known) if known else None, reasons))
    return differences


def _replaced(row: ImportRow, before: DaySources, after: DaySources) -> dict[int, list[date]]:
    """Return the days that this import took over, by the import that was their source."""
    grouped: dict[int, list[date]] = defaultdict(list)
    for key, source in sorted(before.items()):
        if after.get(key) == row.import_id != source:
            grouped[source].append(key[1])
    return dict(grouped)


def _closed(build: Build, row: ImportRow) -> list[date]:
    """Return the days of this export in a closed month, whose sources it therefore does not change."""
    result = build.query(
        """SELECT charge_date FROM day JOIN closing ON closing.month_date = date_trunc('month', day.charge_date)
        WHERE import_id = $id AND account = $account AND reopened_at IS NULL ORDER BY charge_date""",
        {"id": row.import_id, "account": row.account},
    )
    return [day for (day,) in result.rows]


def _kept(row: ImportRow, days: list[date], after: DaySources) -> dict[int, list[date]]:
    """Return the days of this export whose source is another import, by that import."""
    grouped: dict[int, list[date]] = defaultdict(list)
    for day in days:
        source = after[row.account or "", day]
        if source != row.import_id:
            grouped[source].append(day)
    return dict(grouped)
