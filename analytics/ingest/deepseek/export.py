"""One export opened: its two files recognised, its cost rows checked, its amount rows ready to be read; it stores nothing."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from analytics.core.errors import ImportRefused, quoted
from analytics.ingest import sources
from analytics.ingest.csv_text import CsvText, open_csv
from analytics.ingest.deepseek import cells
from analytics.ingest.zip_archive import Archive, open_archive
from analytics.ingest.zip_structure import MAX_MEMBER_BYTES, is_plain

Progress = Callable[[int], None]

MAX_ARCHIVE_BYTES = 4 << 30


@dataclass
class Export:
    """An export on its way in: checked cost rows, and the amount file to be read, whose rows must still join the `agreement`."""

    amount: CsvText
    charges: list[cells.Charge]
    cost_rows: int | None
    agreement: cells.Agreement
    exported_at: datetime
    exported_at_basis: str
    declared: tuple[date, date] | None
    costs_were_negative: bool = False

    @property
    def has_cost(self) -> bool:
        """Whether the export came with its cost file."""
        return self.cost_rows is not None


def packed(source: sources.Source, folder: Path) -> Path:
    """A private copy of the source as one zip in `folder`, so that nobody can change it while it is read."""
    target = folder / "export.zip"
    limit = MAX_ARCHIVE_BYTES if source.is_zip else MAX_MEMBER_BYTES
    for path in source.paths:
        if path.stat().st_size >= limit:
            raise ImportRefused("zip-bomb", f"{quoted(path.name)} has {limit:,} bytes or more", "export a shorter period")
    if source.is_zip:
        shutil.copyfile(source.paths[0], target)
        return target
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bundle:
        for path in sorted(source.paths, key=lambda path: path.name):
            info = zipfile.ZipInfo("".join(c if is_plain(c) else "_" for c in path.name))
            info.compress_type = zipfile.ZIP_DEFLATED
            with path.open("rb") as file, bundle.open(info, "w") as member:
                shutil.copyfileobj(file, member, 1 << 20)
    return target


def read(path: Path, *, without_cost: bool, written_at: datetime | None = None, progress: Progress | None = None) -> Export:
    """Open the zip at `path` and read its cost file. `written_at` overrides the times of the members.

    Raises ImportRefused for anything that is not one whole export; without its cost file only if `without_cost`.
    """
    archive = open_archive(path)
    files = [open_csv(_watched(archive, member, progress), Path(member.filename).name) for member in archive.members]
    amount, cost = _by_role(files, without_cost)
    agreement = cells.Agreement()
    charges, turned = cells.positive(cells.charges(cost, agreement), cost.name) if cost else ([], False)
    agreement.layout = None  # One file may be by the hour and the other by the day.
    exported_at, basis = (written_at, "file time") if written_at else archive.exported_at
    cost_rows = len(charges) if cost else None
    return Export(amount, charges, cost_rows, agreement, exported_at, basis, sources.declared_days(amount.name), turned)


def _watched(archive: Archive, member: zipfile.ZipInfo, progress: Progress | None) -> Iterator[bytes]:
    for chunk in archive.read(member):
        if progress:
            progress(len(chunk))
        yield chunk


def _by_role(files: list[CsvText], without_cost: bool) -> tuple[CsvText, CsvText | None]:
    roles = {file.role: file for file in files}
    if len(roles) != len(files):
        raise ImportRefused(
            "zip-member", f"both files are {files[0].role} files", "put the amount and the cost file of one export together"
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
    periods = [sources.period_text(file.name) for file in (amount, cost)]
    if None not in periods and periods[0] != periods[1]:
        raise ImportRefused("zip-period", f"{amount.name} and {cost.name} are of different periods", "take both files from one export")
    if amount.columns[1] != cost.columns[1]:
        raise ImportRefused("zip-period", f"{amount.name} and {cost.name} are of different layouts", "take both files from one export")
