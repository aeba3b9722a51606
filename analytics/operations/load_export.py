"""The load of an opened export into the generation that is being built, the same for an import and for a replay."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal

from analytics.analysis import currency_split
from analytics.core.errors import ImportRefused
from analytics.core.money import EXACT, exact_sum
from analytics.core.usage import VENDOR_CLOCK, Bucket, Charge, UsageLine
from analytics.ingest.vendors import Export
from analytics.ledger.database.builder import BilledCharge, Build, ImportRow, PricedLine

MAX_COST = Decimal(10) ** 15
MAX_QUANTITY = 10**16

_NEVER = datetime(1, 1, 1)
"""An instant before every bucket: how far a file without rows has come."""

Bill = tuple[datetime, str]
"""The start of a bucket (naive UTC) and a model: the unit that one set of cost rows bills."""


def load_export(build: Build, export: Export, row: ImportRow) -> ImportRow:
    """Load `export` as the import `row`; return the row with the account, days, offset and counts that its lines and charges determine.

    Raises ImportRefused, with file, line and column, where a row cannot be accepted.
    """
    lines = _loaded_lines(build, export)
    _check_size(export.amount.file.name, lines)
    row = _described(row, export)
    bill_start = _bill_start([item.line.bucket for item in lines], export.charges)
    charges = [(bill_start(charge.bucket), charge) for charge in export.charges]
    build.load(row, _with_currency(lines, charges), charges)
    return row


def _loaded_lines(build: Build, export: Export) -> list[PricedLine]:
    reader, facts = export.amount, None
    for batch in reader.batches():
        facts = facts or build.facts(reader.lines[0].account)
        facts.add(batch, reader.credentials)
    if facts is None:
        return []
    bill_start = _bill_start([line.bucket for line in reader.lines], export.charges)
    totals = facts.totals()
    return [
        PricedLine(number, line, bill_start(line.bucket), *totals[number], None, None)
        for number, line in enumerate(reader.lines, start=facts.first_line)
    ]


def _bill_start(buckets: Sequence[Bucket], charges: Sequence[Charge]) -> Callable[[Bucket], datetime]:
    """Return the function from a bucket to the start of its bill: the bucket itself, or its day where only one file is hourly."""
    layouts = {bucket.layout for bucket in buckets} | {charge.bucket.layout for charge in charges}
    return (lambda bucket: bucket.charge_start) if len(layouts) <= 1 else (lambda bucket: bucket.day[0])


def _check_size(name: str, lines: Sequence[PricedLine]) -> None:
    cost = exact_sum(_cost(line) for line in lines)
    if cost > MAX_COST or sum(line.quantity for line in lines) > MAX_QUANTITY:
        raise ImportRefused("csv-number", f"{name} adds up to more than any account uses", "the file is damaged: export again")


def _cost(item: PricedLine) -> Decimal:
    return EXACT.multiply(item.line.unit_price or Decimal(0), Decimal(item.quantity))


def _described(row: ImportRow, export: Export) -> ImportRow:
    reader = export.amount
    row = row._replace(amount_rows=reader.row_count)
    rows: list[UsageLine | Charge] = [*reader.lines, *export.charges]
    if not rows:
        return row
    buckets = [item.bucket for item in rows]
    dates = {bucket.charge_date for bucket in buckets}
    # An export is not older than its last bucket, nor newer than its import: no day is over before it is over by the clock.
    exported_at = min(row.imported_at, max(row.exported_at, *(bucket.charge_start for bucket in buckets)))
    return row._replace(
        account=rows[0].account,
        layout=buckets[0].layout,
        utc_offset=buckets[0].utc_offset,
        exported_at=exported_at,
        proven_until=exported_at if row.exported_at_basis == VENDOR_CLOCK else min(exported_at, _covered_until(export, reader.lines)),
        first_date=min(dates),
        last_date=max(dates),
        day_count=len(dates),
    )


def _covered_until(export: Export, lines: Sequence[UsageLine]) -> datetime:
    """Return the instant (naive UTC) that both files have reached: the earlier of the starts of their last buckets.

    Days that were over by then no longer change. Each file counts by itself, because a user may pack a zip or pair loose files
    from two downloads.
    """
    files = [[line.bucket for line in lines]]
    if export.has_cost:
        files.append([charge.bucket for charge in export.charges])
    return min(max((bucket.charge_start for bucket in buckets), default=_NEVER) for buckets in files)


def _with_currency(lines: Sequence[PricedLine], charges: Sequence[BilledCharge]) -> list[PricedLine]:
    """Return the lines with the currency that their bill determines; None where it has none, or more than one that fits."""
    billed: dict[Bill, dict[str, Decimal]] = defaultdict(dict)
    for start, charge in charges:
        bill = billed[start, charge.model]
        bill[charge.currency] = EXACT.add(bill.get(charge.currency, Decimal(0)), charge.billed_cost)
    costs: dict[Bill, dict[int, Decimal]] = defaultdict(dict)
    for item in lines:
        if item.line.unit_price is not None:
            costs[item.bill_start, item.line.model][item.line_id] = _cost(item)
    solutions = {
        number: name
        for bill, parts in costs.items()
        if len(billed[bill]) > 1
        for number, name in currency_split.split(parts, billed[bill]).items()
    }
    return [_line_with_currency(item, billed.get((item.bill_start, item.line.model), {}), solutions) for item in lines]


def _line_with_currency(item: PricedLine, billed: dict[str, Decimal], solutions: dict[int, str]) -> PricedLine:
    if len(billed) == 1:
        return item._replace(currency=next(iter(billed)), currency_basis="billed")
    if item.line_id in solutions:
        return item._replace(currency=solutions[item.line_id], currency_basis="solved")
    return item
