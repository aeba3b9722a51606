"""The undo preview: the days whose source is the import, and their sources after the undo."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from analytics.core.errors import UsageError
from analytics.ledger import day_sources
from analytics.ledger.database import closed_months as closed
from analytics.ledger.database.builder import CLAIMS
from analytics.ledger.day_sources import DayClaim, Frozen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from analytics.ledger.database.connection import Database

_OF_ITS_ACCOUNT = "AND account IS NOT DISTINCT FROM (SELECT account FROM import WHERE import_id = $import_id)"
_AMOUNTS = """SELECT currency, sum(billed_cost)::DECIMAL(38, 18), sum(computed_cost)::DECIMAL(38, 18)
FROM reconciliation WHERE import_id = $import_id GROUP BY currency ORDER BY currency"""


@dataclass(frozen=True)
class UndoPreview:
    """The effect of an undo: `next_sources` has the days of the import by the number of their next source (None: no import has them).

    `amounts` are the costs of these days now: currency, billed (None without a bill) and computed. The undo is refused while any
    of `closed_months` (2026-06) is closed, in which the import is the source of days.
    """

    import_id: int
    source_name: str
    account: str | None
    next_sources: dict[int | None, list[date]]
    amounts: Sequence[tuple[str, Decimal | None, Decimal]]
    closed_months: list[str]


def undo_preview(database: Database, import_id: int) -> UndoPreview:
    """Return what undoing an import would change. Raises UsageError for an import that is not active."""
    parameters = {"import_id": import_id}
    active = database.query(
        "active", "SELECT source_name, account FROM imports WHERE import_id = $import_id AND status = 'active'", parameters
    )
    if not active.rows:
        raise UsageError("import-unknown", f"there is no active import {import_id}", "see `keyspend imports`")
    ((source_name, account),) = active.rows
    claims = [DayClaim(*values) for values in database.query("claims", f"{CLAIMS} {_OF_ITS_ACCOUNT}", parameters).rows]
    frozen = closed.frozen(database.query("frozen", closed.FROZEN).rows)
    months = [f"{month:%Y-%m}" for _, month in database.query("closed", closed.CLOSED_WITH, parameters).rows]
    amounts = database.query("amounts", _AMOUNTS, parameters).rows
    return UndoPreview(import_id, source_name, account, _next_sources(claims, import_id, frozen), amounts, months)


def _next_sources(claims: list[DayClaim], import_id: int, frozen: Frozen) -> dict[int | None, list[date]]:
    current = day_sources.day_sources(claims, frozen)
    remaining = day_sources.day_sources((claim for claim in claims if claim.import_id != import_id), frozen)
    sources: dict[int | None, list[date]] = defaultdict(list)
    for day, claim in sorted(current.items()):
        if claim.import_id == import_id:
            sources[remaining[day].import_id if day in remaining else None].append(day[1])
    return dict(sources)
