"""The bulk load of rows into the database: from lists, or from the batches of an amount file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

    from analytics.core.usage import Batch


class Facts:
    """The loader for the rows of one export: each becomes three integers.

    Lines are numbered from `first_line` in the order of their reader; a known credential keeps its number.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, account: str) -> None:
        self._connection = connection
        self._account = account
        ((last_line, self._last_credential),) = connection.execute(
            "SELECT (SELECT coalesce(max(line_id), 0) FROM line), (SELECT coalesce(max(credential_id), 0) FROM credential)"
        ).fetchall()
        self.first_line: int = last_line + 1
        known = connection.execute("SELECT api_key, api_key_name, credential_id FROM credential WHERE account = ?", [account]).fetchall()
        self._known = {(api_key, name): number for api_key, name, number in known}
        self._numbers: list[int] = []

    def add(self, batch: Batch, credentials: Sequence[tuple[str, str]]) -> None:
        """Add a batch; `credentials` are all that its reader has numbered so far, in order."""
        self._number(credentials[len(self._numbers) :])
        if isinstance(batch.quantities, list):
            lines = [self.first_line + number for number in batch.lines]
            numbers = [self._numbers[number] for number in batch.credentials]
            insert(self._connection, "fact", list(zip(lines, numbers, batch.quantities, strict=True)))
        else:
            self._add_arrays(batch)

    def totals(self) -> dict[int, tuple[int, int]]:
        """Return the quantity and the number of rows of each line, by its number."""
        rows = self._connection.execute(
            "SELECT line_id, sum(quantity), count(*) FROM fact WHERE line_id >= ? GROUP BY line_id", [self.first_line]
        ).fetchall()
        return {line_id: (quantity, row_count) for line_id, quantity, row_count in rows}

    def _number(self, credentials: Sequence[tuple[str, str]]) -> None:
        unseen = [names for names in credentials if names not in self._known]
        added = {names: number for number, names in enumerate(unseen, start=self._last_credential + 1)}
        insert(self._connection, "credential", [(number, self._account, *names) for names, number in added.items()])
        self._last_credential += len(added)
        self._known |= added
        self._numbers += [self._known[names] for names in credentials]

    def _add_arrays(self, batch: Batch) -> None:
        import pyarrow

        numbers = pyarrow.array(self._numbers).take(batch.credentials)
        table = pyarrow.table({"line": batch.lines, "credential_id": numbers, "quantity": batch.quantities})
        self._connection.register("batch", table)
        self._connection.execute("INSERT INTO fact SELECT line + ?, credential_id, quantity FROM batch", [self.first_line])
        self._connection.unregister("batch")


def insert(connection: duckdb.DuckDBPyConnection, table: str, values: Sequence[tuple[Any, ...]]) -> None:
    """Insert the rows `values` in one statement, column by column."""
    if not values:
        return
    columns = {f"c{number}": list(column) for number, column in enumerate(zip(*values, strict=True))}
    expressions = ", ".join(f"unnest(${name})" for name in columns)
    connection.execute(f"INSERT INTO {table} SELECT {expressions}", columns)
