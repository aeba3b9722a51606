"""The state of a ledger: its accounts with their known days and newest evidence, its months, and the days that need attention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

from analytics.mcp_server.tables import MOST_ROWS, Table, table

if TYPE_CHECKING:
    from analytics.api import Keyspend

_ACCOUNTS = """
WITH evidence AS (
    SELECT account, max(exported_at) AS newest_exported_at, max(imported_at) AS newest_imported_at
    FROM imports
    WHERE status = 'active'
    GROUP BY account
)

SELECT
    account,
    min(charge_date) AS first_date,
    max(charge_date) AS last_date,
    max(charge_date) FILTER (WHERE is_complete) AS newest_complete_date,
    count(*)::BIGINT AS known_days,
    count(*) FILTER (WHERE NOT is_complete)::BIGINT AS partial_days,
    newest_exported_at,
    newest_imported_at
FROM owned_day
JOIN evidence USING (account)
GROUP BY account, newest_exported_at, newest_imported_at
ORDER BY account"""


class State(TypedDict):
    """Accounts and how new their days are; their months, complete and reconciled or not; and the days in doubt, in words and as dates."""

    accounts: Table
    months: Table
    notes: list[str]
    unreconciled_dates: list[str]
    partial_dates: list[str]


def state(ledger: Keyspend) -> State:
    """The state of the ledger now. Raises UsageError before the first import."""
    months = ledger.answer("months")
    return {
        "accounts": table(ledger.sql(_ACCOUNTS), MOST_ROWS, 0),
        "months": table(months.frame, MOST_ROWS, 0),
        "notes": months.notes,
        "unreconciled_dates": [day.isoformat() for day in months.unreconciled_dates],
        "partial_dates": [day.isoformat() for day in months.partial_dates],
    }
