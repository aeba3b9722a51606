"""The monthly rollup: sums by month that a large ledger stores, so that a query over years need not read every fact.

`credential_month` has the same rows in every ledger: it is a view of the facts in a small one, a table in a large one.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

LARGE_FACTS = 1_000_000
"""The number of facts from which adding up all of them takes longer than a page may."""


def store_lines_before(connection: duckdb.DuckDBPyConnection) -> None:
    """Store the lines before a change, in a temporary table, as far as the sums depend on them."""
    if _is_kept(connection):
        connection.execute(
            "CREATE TEMP TABLE line_before AS SELECT line_id, charge_date, currency, is_reconciled, is_complete FROM usage_line"
        )


def refresh(connection: duckdb.DuckDBPyConnection) -> bool:
    """Add up again the months that a change touched, and return whether sums are stored now.

    Where the ledger has become large, it begins to store them.
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
    """Return the months with a line that was added, removed, or changed its day, currency or state."""
    result = connection.execute(
        """WITH now AS (SELECT line_id, charge_date, currency, is_reconciled, is_complete FROM usage_line)
        SELECT DISTINCT CAST(date_trunc('month', charge_date) AS DATE) AS month_date
        FROM ((FROM now EXCEPT FROM line_before) UNION ALL (FROM line_before EXCEPT FROM now))
        ORDER BY month_date"""
    )
    return [month for (month,) in result.fetchall()]


def _add_up(connection: duckdb.DuckDBPyConnection, months: list[date]) -> None:
    if not months:
        return
    # Written out, a list of days is pushed down to the lines; as a parameter or a join it is not.
    dates = ", ".join(f"DATE '{month}'" for month in months)
    is_touched = f"month_date IN ({dates})"
    connection.execute(f"DELETE FROM credential_month WHERE {is_touched}")
    connection.execute(f"INSERT INTO credential_month FROM summed_credential_month WHERE {is_touched}")
