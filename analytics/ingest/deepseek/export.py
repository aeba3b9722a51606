"""The opened export: the roles of its files, its checked cost rows, and the reader of its amount file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from analytics.core.errors import ImportRefused
from analytics.core.usage import Charge
from analytics.ingest.csv_text import CsvText
from analytics.ingest.deepseek import cells, file_names, layouts
from analytics.ingest.deepseek.amount_file import AmountReader
from analytics.ingest.zip_archive import Archive


@dataclass
class Export:
    """An export that is being imported: checked cost rows, and the reader of its amount file, which checks the rows as it reads them.

    `exported_at` is naive UTC, `exported_at_basis` how it is known; `declared` are the first day and the exclusive end of its file name;
    `cost_rows` is None without a cost file.
    """

    amount: AmountReader
    charges: list[Charge]
    cost_rows: int | None
    exported_at: datetime
    exported_at_basis: str
    declared: tuple[date, date] | None
    costs_were_negative: bool = False

    @property
    def has_cost(self) -> bool:
        """Whether the export came with its cost file."""
        return self.cost_rows is not None


def read(archive: Archive, files: Sequence[CsvText], *, without_cost: bool, written_at: datetime | None) -> Export:
    """Return the export of the `files` of `archive`, its cost file read. `written_at` (naive UTC) overrides the times of the members.

    Raises ImportRefused for anything that is not one whole export; a missing cost file is accepted only with `without_cost`.
    """
    amount, cost = _by_role(files, without_cost)
    agreement = cells.Agreement()
    charges, is_reversed = cells.positive(cells.charges(cost, agreement), cost.name) if cost else ([], False)
    agreement.layout = None  # One file may be by the hour and the other by the day.
    exported_at, basis = (written_at, "file time") if written_at else file_names.exported_at(archive)
    cost_rows = len(charges) if cost else None
    declared = file_names.declared_days(amount.name)
    return Export(AmountReader(amount, agreement), charges, cost_rows, exported_at, basis, declared, is_reversed)


def _by_role(files: Sequence[CsvText], without_cost: bool) -> tuple[CsvText, CsvText | None]:
    roles = {layouts.role(file.columns): file for file in files}
    if len(roles) != len(files):
        raise ImportRefused(
            "zip-member",
            f"both files are {layouts.role(files[0].columns)} files",
            "put the amount and the cost file of one export together",
        )
    amount, cost = roles.get("amount"), roles.get("cost")
    if amount is None:
        raise ImportRefused("zip-missing", "the amount file is missing: it alone names the keys", "import it together with the cost file")
    if cost is None and not without_cost:
        raise ImportRefused(
            "zip-missing",
            "the cost file is missing, so nothing can be reconciled",
            "import the whole export, or use --without-cost to import it as unreconciled",
        )
    if cost:
        _check_same_period(amount, cost)
    return amount, cost


def _check_same_period(amount: CsvText, cost: CsvText) -> None:
    periods = [file_names.period_text(file.name) for file in (amount, cost)]
    if None not in periods and periods[0] != periods[1]:
        raise ImportRefused("zip-period", f"{amount.name} and {cost.name} are of different periods", "take both files from one export")
    if amount.columns[1] != cost.columns[1]:
        raise ImportRefused("zip-period", f"{amount.name} and {cost.name} are of different layouts", "take both files from one export")
