"""One read export into the generation being built, whole or not at all; the same for a first import and for a rebuild."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from analytics.analysis import currency
from analytics.errors import ImportRefused
from analytics.exports import rows
from analytics.exports.reading import Export
from analytics.store.build import Build, BulkRefused, ImportRow


def admit(build: Build, export: Export, row: ImportRow) -> ImportRow:
    """Load `export` as the import that `row` describes; return the row with what its lines and charges add to it.

    Raises ImportRefused, with file, line and column, when a row cannot be accepted.
    """
    try:
        lines = _checked_lines(build, export)
        row = _described(row, export, lines)
        build.load(row, lines, export.charges, lambda end: row.exported_at >= end, export.amount)
    except (rows.CellFault, BulkRefused) as error:
        rows.first_fault(export.amount, replace(export.agreement))
        raise ImportRefused(
            "csv-syntax",
            f"{export.amount.name} is read in two ways ({error})",
            "export again; please report this file's header and first line",
        ) from None
    _settle_currencies(build, row.import_id)
    return row


def _checked_lines(build: Build, export: Export) -> dict[int, rows.Line]:
    if not export.amount.rows:
        return {}
    found, credentials = build.distinct(export.amount)
    agreement = replace(export.agreement)
    lines = {}
    for number, *cells in found:
        line = rows.line(cells, export.amount.layouts)
        agreement.add(line.account, line.bucket)
        lines[number] = line
    for _, api_key, api_key_name in credentials:
        rows.credential(api_key, api_key_name)
    return lines


def _described(row: ImportRow, export: Export, lines: dict[int, rows.Line]) -> ImportRow:
    buckets = [line.bucket for line in lines.values()] + [charge.bucket for charge in export.charges]
    if not buckets:
        return row
    dates = {bucket.charge_date for bucket in buckets}
    account = next(iter(lines.values())).account if lines else export.charges[0].account
    return replace(
        row,
        account=account,
        layout=buckets[0].layout,
        utc_offset=buckets[0].utc_offset,
        # An export cannot be older than what it tells.
        exported_at=max(row.exported_at, *(bucket.charge_start for bucket in buckets)),
        first_date=min(dates),
        last_date=max(dates),
        day_count=len(dates),
    )


def _settle_currencies(build: Build, import_id: int) -> None:
    costs: dict[tuple[datetime, str], dict[int, Decimal]] = defaultdict(dict)
    for bill_start, model, line_id, cost in build.ambiguous(import_id).rows:
        costs[bill_start, model][line_id] = cost
    if not costs:
        return
    billed: dict[tuple[datetime, str], dict[str, Decimal]] = defaultdict(dict)
    for bill_start, model, name, cost in build.billed(import_id).rows:
        billed[bill_start, model][name] = cost
    settled = {line: name for bucket, lines in costs.items() for line, name in currency.split(lines, billed[bucket]).items()}
    if settled:
        build.settle(settled)
