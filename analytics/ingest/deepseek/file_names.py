"""The period of an export and the time it was made, from the names and times of the vendor's files."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from analytics.core.usage import VENDOR_CLOCK
from analytics.ingest.zip_archive import Archive

_MEMBER = re.compile(r"(?:.*[/\\])?(amount|cost)[-_](.+?)(?:[ _]?\(\d+\))?\.csv", re.IGNORECASE)
_MONTH = re.compile(r"(\d{4})[-_](\d{1,2})")
_RANGE = re.compile(r"(\d{4}-\d{2}-\d{2})_(\d{4}-\d{2}-\d{2})")
_BEIJING = timedelta(hours=8)
_FARTHEST_EAST = timedelta(hours=14)


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


def exported_at(archive: Archive) -> tuple[datetime, str]:
    """The earliest instant (naive UTC) at which the export can have been made, and how that is known.

    The vendor stores its two members flat, with mode 0600 and Beijing time; a zip packed by anybody else carries a wall
    clock of an unknown zone, of which the easternmost reading is the earliest.
    """
    clock = archive.newest_time
    if clock is None:
        # The rows show that the export is later than this.
        return datetime(1980, 1, 1), "unknown"
    if len(archive.members) == 2 and all(map(_is_vendors, archive.members)):
        return clock - _BEIJING, VENDOR_CLOCK
    return clock - _FARTHEST_EAST, "member time, unknown zone"


def _is_vendors(member: zipfile.ZipInfo) -> bool:
    return member.compress_type == zipfile.ZIP_STORED and member.external_attr >> 16 & 0o777 == 0o600 and "/" not in member.filename


def written_at(paths: Iterable[Path]) -> datetime:
    """The earliest instant (naive UTC) at which loose files can have been exported.

    A tool that unpacked them may have read the vendor's Beijing clock as its own, up to 20 hours west of it.
    """
    newest = max(path.stat().st_mtime for path in paths)
    return datetime.fromtimestamp(newest, UTC).replace(microsecond=0, tzinfo=None) - timedelta(hours=20)
