"""Discovery of exports below the paths of a user: zips as they are, folders and loose CSV files as pairs."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from analytics.core.errors import ImportRefused, quoted
from analytics.ingest.zip_structure import MAX_MEMBER_BYTES, is_plain

MAX_ARCHIVE_BYTES = 4 << 30


@dataclass(frozen=True)
class Source:
    """One export to import: a zip, or one or two CSV files that belong together."""

    paths: tuple[Path, ...]

    @property
    def name(self) -> str:
        """The names of its files, escaped, because a file name may contain terminal control characters."""
        return " + ".join(quoted(path.name, 90)[1:-1] for path in self.paths)

    @property
    def is_zip(self) -> bool:
        """Whether it is opened as a zip: any file whose name does not end in .csv."""
        return self.paths[0].suffix.casefold() != ".csv"


def discover(paths: Iterable[Path], period_of: Callable[[str], str | None]) -> tuple[list[Source], list[tuple[Source, ImportRefused]]]:
    """Return the exports below `paths`, in a stable order, each file once, and the paths without an export, each with its refusal.

    `period_of` returns the period in the name of a CSV file, or None; files of one period belong together.
    """
    files: dict[Path, None] = {}
    refused = []
    for path in paths:
        try:
            files.update(dict.fromkeys(_files(path)))
        except ImportRefused as error:
            refused.append((Source((path,)), error))
    csvs = [file for file in files if file.suffix.casefold() == ".csv"]
    return [Source((file,)) for file in files if file not in csvs] + _pairs(csvs, period_of), refused


def _files(path: Path) -> list[Path]:
    if not path.exists():
        raise ImportRefused("path-missing", f"there is no file or folder {quoted(path.name)}", "check the path")
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise ImportRefused("path-special", f"{quoted(path.name)} is neither a file nor a folder", "save it to a file, and import that")
    files = [file for file in sorted(path.rglob("*")) if file.suffix.casefold() in (".zip", ".csv") and file.is_file()]
    files = [file for file in files if "__MACOSX" not in file.parts and not file.name.startswith("._")]
    if not files:
        raise ImportRefused("path-empty", f"there is no zip or CSV file in {quoted(path.name)}", "name a folder that holds exports")
    return files


def _pairs(csvs: list[Path], period_of: Callable[[str], str | None]) -> list[Source]:
    """Return one source per group of CSV files: those of one folder and period, or the only two files of a folder."""
    folders: dict[Path, list[Path]] = {}
    for path in csvs:
        folders.setdefault(path.parent, []).append(path)
    sources = []
    for siblings in folders.values():
        if len(siblings) <= 2:
            groups = [siblings]
        else:
            by_period: dict[str, list[Path]] = {}
            for path in siblings:
                by_period.setdefault(period_of(path.name) or path.name, []).append(path)
            groups = list(by_period.values())
        sources += [Source(tuple(group)) for group in groups]
    return sources


def packed(source: Source, folder: Path) -> Path:
    """Return the path of a private copy of the source as one zip in `folder`, so that it cannot change while it is read.

    Raises ImportRefused for a file that is too large.
    """
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
