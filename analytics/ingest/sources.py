"""From the paths a user names to exports: zips as they are, folders and loose CSVs as pairs; it checks nothing inside."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from analytics.core.errors import ImportRefused, quoted

_MEMBER = re.compile(r"(?:.*[/\\])?(amount|cost)[-_](.+?)(?:[ _]?\(\d+\))?\.csv", re.IGNORECASE)
_MONTH = re.compile(r"(\d{4})[-_](\d{1,2})")
_RANGE = re.compile(r"(\d{4}-\d{2}-\d{2})_(\d{4}-\d{2}-\d{2})")


@dataclass(frozen=True)
class Source:
    """One export to import: a zip, or one or two CSV files that belong together."""

    paths: tuple[Path, ...]

    @property
    def name(self) -> str:
        """The names of its files, safe to show: whoever names a file may have meant to write on a terminal."""
        return " + ".join(quoted(path.name, 90)[1:-1] for path in self.paths)

    @property
    def is_zip(self) -> bool:
        """Whether it is a file to be opened as a zip, whatever its name."""
        return self.paths[0].suffix.casefold() != ".csv"


def discover(paths: Iterable[Path]) -> tuple[list[Source], list[tuple[Source, ImportRefused]]]:
    """The exports below `paths`, in a stable order, each file once; and the paths that lead to none, each with its refusal."""
    files: dict[Path, None] = {}
    refused = []
    for path in paths:
        try:
            files.update(dict.fromkeys(_files(path)))
        except ImportRefused as error:
            refused.append((Source((path,)), error))
    csvs = [file for file in files if file.suffix.casefold() == ".csv"]
    return [Source((file,)) for file in files if file not in csvs] + _pairs(csvs), refused


def _files(path: Path) -> list[Path]:
    if not path.exists():
        raise ImportRefused("path-missing", f"there is no file or folder {quoted(path.name)}", "check the path")
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise ImportRefused("path-special", f"{quoted(path.name)} is neither a file nor a folder", "save it to a file, and import that")
    found = [file for file in sorted(path.rglob("*")) if file.suffix.casefold() in (".zip", ".csv") and file.is_file()]
    found = [file for file in found if "__MACOSX" not in file.parts and not file.name.startswith("._")]
    if not found:
        raise ImportRefused("path-empty", f"there is no zip or CSV file in {quoted(path.name)}", "name a folder that holds exports")
    return found


def _pairs(csvs: list[Path]) -> list[Source]:
    """CSV files of one folder and one period belong together; so do two that are alone in their folder."""
    folders: dict[Path, list[Path]] = {}
    for path in csvs:
        folders.setdefault(path.parent, []).append(path)
    sources = []
    for together in folders.values():
        if len(together) <= 2:
            groups = [together]
        else:
            by_period: dict[str, list[Path]] = {}
            for path in together:
                by_period.setdefault(period_text(path.name) or path.name, []).append(path)
            groups = list(by_period.values())
        sources += [Source(tuple(group)) for group in groups]
    return sources


def period_text(member: str) -> str | None:
    """The part of a member's name that names its period, or None where there is none."""
    found = _MEMBER.fullmatch(member)
    return found[2] if found else None


def declared_days(member: str) -> tuple[date, date] | None:
    """The days that a member's name promises as (first, end exclusive), or None.

    The last day of a range is left out: two layouts name it inclusively and one exclusively, and it is rarely over.
    """
    text = period_text(member) or ""
    try:
        if found := _RANGE.fullmatch(text):
            first, last = date.fromisoformat(found[1]), date.fromisoformat(found[2])
            return (first, last) if first < last else None
        if found := _MONTH.fullmatch(text):
            first = date(int(found[1]), int(found[2]), 1)
            return first, (first + timedelta(days=32)).replace(day=1)
    except ValueError:
        pass
    return None


def written_at(paths: Iterable[Path]) -> datetime:
    """The earliest instant (naive UTC) at which loose files can have been exported.

    A tool that unpacked them may have read the vendor's Beijing clock as its own, up to 20 hours west of it.
    """
    newest = max(path.stat().st_mtime for path in paths)
    return datetime.fromtimestamp(newest, UTC).replace(microsecond=0, tzinfo=None) - timedelta(hours=20)
