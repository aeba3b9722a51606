"""The effect of an undo before it is done: the days whose source the import is, and their next sources."""

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
    """An undo foreseen: `next_sources` are the days of the import by the source that they have next (None: none, they become unknown).

    `amounts` are what these days come to now: currency, billed (None without a bill) and computed. While a month of
    `closed_months` (2026-06) is closed, which has days of the import, the undo is refused.
    """

    import_id: int
    source_name: str
    account: str | None
    next_sources: dict[int | None, list[date]]
    amounts: Sequence[tuple[str, Decimal | None, Decimal]]
    closed_months: list[str]


def undo_preview(database: Database, import_id: int) -> UndoPreview:
    """What undoing an import would change. Raises UsageError for one that is not active."""
    about = {"import_id": import_id}
    named = database.query("named", "SELECT source_name, account FROM imports WHERE import_id = $import_id AND status = 'active'", about)
    if not named.rows:
        raise UsageError("import-unknown", f"there is no active import {import_id}", "see `keyspend imports`")
    ((source_name, account),) = named.rows
    claims = [DayClaim(*values) for values in database.query("claims", f"{CLAIMS} {_OF_ITS_ACCOUNT}", about).rows]
    frozen = closed.frozen(database.query("frozen", closed.FROZEN).rows)
    months = [f"{month:%Y-%m}" for _, month in database.query("closed", closed.CLOSED_WITH, about).rows]
    amounts = database.query("amounts", _AMOUNTS, about).rows
    return UndoPreview(import_id, source_name, account, _next_sources(claims, import_id, frozen), amounts, months)


def _next_sources(claims: list[DayClaim], import_id: int, frozen: Frozen) -> dict[int | None, list[date]]:
    now = day_sources.day_sources(claims, frozen)
    then = day_sources.day_sources((claim for claim in claims if claim.import_id != import_id), frozen)
    sources: dict[int | None, list[date]] = defaultdict(list)
    for day, claim in sorted(now.items()):
        if claim.import_id == import_id:
            sources[then[day].import_id if day in then else None].append(day[1])
    return dict(sources)
