"""Sums by month that a large ledger keeps, so that a question about years need not read every fact; it answers nothing itself.

`credential_month` has the same rows whether it is kept or not: a view of the facts in a small ledger, a table in a large one.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

LARGE_FACTS = 1_000_000
"""From here on, adding up all facts takes longer than a page may."""


def remember(connection: duckdb.DuckDBPyConnection) -> None:
    """Before a change: keep what the sums depend on."""
    if _is_kept(connection):
        connection.execute(
            "CREATE TEMP TABLE line_before AS SELECT line_id, charge_date, currency, is_reconciled, is_complete FROM usage_line"
        )


def refresh(connection: duckdb.DuckDBPyConnection) -> bool:
    """After the change: add up again the months that it touched; begin to keep sums where the ledger has become large.

    Returns whether sums are kept now.
    """
    if _is_kept(connection):
        _add_up(connection, _touched_months(connection))
        return True
    if connection.execute("SELECT count(*) FROM fact").fetchall() < [(LARGE_FACTS,)]:
        return False
    connection.execute("DROP VIEW credential_month; CREATE TABLE credential_month AS FROM summed_credential_month")
    return True


def _is_kept(connection: duckdb.DuckDBPyConnection) -> bool:
    return connection.execute("SELECT keeps_months FROM head").fetchall() == [(True,)]


def _touched_months(connection: duckdb.DuckDBPyConnection) -> list[date]:
    """Months with a line that came, went, or is of another currency or state."""
    found = connection.execute(
        """WITH now AS (SELECT line_id, charge_date, currency, is_reconciled, is_complete FROM usage_line)
        SELECT DISTINCT CAST(date_trunc('month', charge_date) AS DATE) AS month_date
        FROM ((FROM now EXCEPT FROM line_before) UNION ALL (FROM line_before EXCEPT FROM now))
        ORDER BY month_date"""
    )
    return [month for (month,) in found.fetchall()]


def _add_up(connection: duckdb.DuckDBPyConnection, months: list[date]) -> None:
    if not months:
        return
    # Written out, a list of days is pushed down to the lines; as a parameter or a join it is not.
    listed = ", ".join(f"DATE '{month}'" for month in months)
    chosen = f"month_date IN ({listed})"
    connection.execute(f"DELETE FROM credential_month WHERE {chosen}")
    connection.execute(f"INSERT INTO credential_month FROM summed_credential_month WHERE {chosen}")
