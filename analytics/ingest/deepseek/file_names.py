"""The metadata in the names and times of the vendor's files: the period of an export, and when it was made."""

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
    """Return the part of a member's name that is its period, or None where it has none."""
    match = _MEMBER.fullmatch(member)
    return match[2] if match else None


def declared_days(member: str) -> tuple[date, date] | None:
    """Return the days of a member's name as (first, end exclusive), or None where it names none.

    The last day of a range is left out: two layouts name it inclusively and one exclusively, and it is rarely over.
    """
    text = period_text(member) or ""
    try:
        if match := _RANGE.fullmatch(text):
            first, last = date.fromisoformat(match[1]), date.fromisoformat(match[2])
            return (first, last) if first < last else None
        if match := _MONTH.fullmatch(text):
            first = date(int(match[1]), int(match[2]), 1)
            return first, (first + timedelta(days=32)).replace(day=1)
    except ValueError:
        pass
    return None


def exported_at(archive: Archive) -> tuple[datetime, str]:
    """Return the earliest instant (naive UTC) at which the export can have been made, and the basis of that instant.

    The vendor stores its two members flat, with mode 0600 and Beijing time; a zip packed by any other tool has wall-clock times
    of an unknown zone, for which the easternmost zone gives the earliest instant.
    """
    clock = archive.newest_time
    if clock is None:
        # A lower bound; the import raises it to the start of the last bucket in the rows.
        return datetime(1980, 1, 1), "unknown"
    if len(archive.members) == 2 and all(map(_is_vendors, archive.members)):
        return clock - _BEIJING, VENDOR_CLOCK
    return clock - _FARTHEST_EAST, "member time, unknown zone"


def _is_vendors(member: zipfile.ZipInfo) -> bool:
    return member.compress_type == zipfile.ZIP_STORED and member.external_attr >> 16 & 0o777 == 0o600 and "/" not in member.filename


def written_at(paths: Iterable[Path]) -> datetime:
    """Return the earliest instant (naive UTC) at which loose files can have been exported.

    A tool that unpacked them may have taken the vendor's Beijing time for its local time, up to 20 hours west of Beijing.
    """
    newest = max(path.stat().st_mtime for path in paths)
    return datetime.fromtimestamp(newest, UTC).replace(microsecond=0, tzinfo=None) - timedelta(hours=20)
