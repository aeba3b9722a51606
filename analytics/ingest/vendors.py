"""The vendors whose exports can be read, recognised by the headers of their files."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from analytics.core.errors import ImportRefused
from analytics.ingest import sources
from analytics.ingest.csv_text import CsvText, open_csv
from analytics.ingest.deepseek import export as deepseek
from analytics.ingest.deepseek import file_names, layouts
from analytics.ingest.deepseek.export import Export
from analytics.ingest.sources import Source
from analytics.ingest.zip_archive import Archive, open_archive

__all__ = ["VENDORS", "Export", "Progress", "Vendor", "discover", "read"]

Progress = Callable[[int], None]


class Vendor(NamedTuple):
    """A vendor: the exact headers of its files, its reader of exports, and its readers of periods and times from file names and files."""

    headers: Collection[tuple[str, ...]]
    read: Callable[..., Export]
    period_of: Callable[[str], str | None]
    written_at: Callable[[Iterable[Path]], datetime]


DEEPSEEK = Vendor(layouts.FILES, deepseek.read, file_names.period_text, file_names.written_at)
VENDORS = (DEEPSEEK,)
"""All vendors; no two of them share a header."""


def discover(paths: Iterable[Path]) -> tuple[list[Source], list[tuple[Source, ImportRefused]]]:
    """Return the exports below `paths`, in a stable order, each file once, and the paths without an export, each with its refusal."""
    return sources.discover(paths, _period_of)


def _period_of(name: str) -> str | None:
    return next(filter(None, (vendor.period_of(name) for vendor in VENDORS)), None)


def read(path: Path, *, without_cost: bool, loose_files: Sequence[Path] = (), progress: Progress | None = None) -> Export:
    """Return the export in the zip at `path`; where it was packed from `loose_files`, its time is taken from these.

    Raises ImportRefused for files of no known vendor, and for anything that is not one whole export; a missing cost file is accepted
    only with `without_cost`. `progress` is called with the number of bytes of each chunk that was read.
    """
    archive = open_archive(path)
    headers = {header for vendor in VENDORS for header in vendor.headers}
    files = [open_csv(_counted(archive, member, progress), Path(member.filename).name, headers) for member in archive.members]
    vendor = _vendor_of(files)
    written_at = vendor.written_at(loose_files) if loose_files else None
    return vendor.read(archive, files, without_cost=without_cost, written_at=written_at)


def _vendor_of(files: Sequence[CsvText]) -> Vendor:
    first, *others = (next(vendor for vendor in VENDORS if file.columns in vendor.headers) for file in files)
    if any(vendor is not first for vendor in others):
        raise ImportRefused("zip-member", "the files are of different vendors", "put the files of one export together")
    return first


def _counted(archive: Archive, member: zipfile.ZipInfo, progress: Progress | None) -> Iterator[bytes]:
    for chunk in archive.read(member):
        if progress:
            progress(len(chunk))
        yield chunk
