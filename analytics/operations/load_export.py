"""One read export into the generation being built, whole or not at all; the same for a first import and for a rebuild."""

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
"""Before any row of an export: how far a file without rows reaches."""

Bill = tuple[datetime, str]
"""The start of a bucket and a model: what one set of cost rows bills."""


def load_export(build: Build, export: Export, row: ImportRow) -> ImportRow:
    """Load `export` as the import that `row` describes; return the row with what its lines and charges add to it.

    Raises ImportRefused, with file, line and column, when a row cannot be accepted.
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
    """How the buckets of both files meet: as they are, or by day where only one of them has hours."""
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
    # An export cannot be older than its rows, nor newer than its import: no day is over before its end.
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
    """The start of the last bucket that each file has reached: days that were over by then only stand still.

    Whoever packs a zip or pairs loose files can take them from two downloads, so one file proves nothing of the other.
    """
    files = [[line.bucket for line in lines]]
    if export.has_cost:
        files.append([charge.bucket for charge in export.charges])
    return min(max((bucket.charge_start for bucket in buckets), default=_NEVER) for buckets in files)


def _with_currency(lines: Sequence[PricedLine], charges: Sequence[BilledCharge]) -> list[PricedLine]:
    """The lines with the currency that their own bill gives them; None where it gives none, or several."""
    billed: dict[Bill, dict[str, Decimal]] = defaultdict(dict)
    for start, charge in charges:
        bill = billed[start, charge.model]
        bill[charge.currency] = EXACT.add(bill.get(charge.currency, Decimal(0)), charge.billed_cost)
    costs: dict[Bill, dict[int, Decimal]] = defaultdict(dict)
    for item in lines:
        if item.line.unit_price is not None:
            costs[item.bill_start, item.line.model][item.line_id] = _cost(item)
    solved = {
        number: name
        for bill, parts in costs.items()
        if len(billed[bill]) > 1
        for number, name in currency_split.split(parts, billed[bill]).items()
    }
    return [_settled(item, billed.get((item.bill_start, item.line.model), {}), solved) for item in lines]


def _settled(item: PricedLine, billed: dict[str, Decimal], solved: dict[int, str]) -> PricedLine:
    if len(billed) == 1:
        return item._replace(currency=next(iter(billed)), currency_basis="billed")
    if item.line_id in solved:
        return item._replace(currency=solved[item.line_id], currency_basis="solved")
    return item
