"""One export's zip, opened: when it was made, and its members as streams that are checked to the last byte; it unpacks to no file."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from analytics.core.errors import ImportRefused, quoted
from analytics.ingest.zip_structure import AGAIN, CHUNK_BYTES, LOCAL, csv_members

VENDORS_CLOCK = "member time"
"""How the time of an export is known when it is the vendor's own word, and not that of whoever wrote the files last."""
_BEIJING = timedelta(hours=8)
_FARTHEST_EAST = timedelta(hours=14)


@dataclass(frozen=True)
class Archive:
    """A zip whose structure was checked; `members` are its CSV files, in the order of the zip."""

    path: Path
    members: tuple[zipfile.ZipInfo, ...]

    @property
    def exported_at(self) -> tuple[datetime, str]:
        """The earliest instant (naive UTC) at which the export can have been made, and how that is known.

        The vendor stores its two members flat, with mode 0600 and Beijing time; a zip packed by anybody else carries a wall
        clock of an unknown zone, of which the easternmost reading is the earliest.
        """
        newest = max(self.members, key=lambda member: member.date_time)
        try:
            clock = datetime(*newest.date_time)
        except ValueError:
            # Tools that know no time write zeros or worse; the rows will say that the export is later than this.
            return datetime(1980, 1, 1), "unknown"
        if len(self.members) == 2 and all(map(_is_vendors, self.members)):
            return clock - _BEIJING, VENDORS_CLOCK
        return clock - _FARTHEST_EAST, "member time, unknown zone"

    def read(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        """The member's bytes in chunks. Raises ImportRefused where length or checksum differ from what was declared."""
        with self.path.open("rb") as file:
            file.seek(member.header_offset)
            name_length, extra_length = LOCAL.unpack(file.read(LOCAL.size))[9:]
            file.seek(name_length + extra_length, 1)
            chunks = _raw(file, member.compress_size)
            if member.compress_type == zipfile.ZIP_DEFLATED:
                chunks = _inflated(chunks, member)
            yield from _verified(chunks, member)


def _is_vendors(member: zipfile.ZipInfo) -> bool:
    return member.compress_type == zipfile.ZIP_STORED and member.external_attr >> 16 & 0o777 == 0o600 and "/" not in member.filename


def _raw(file: BinaryIO, length: int) -> Iterator[bytes]:
    while length:
        chunk = file.read(min(CHUNK_BYTES, length))
        if not chunk:
            return
        length -= len(chunk)
        yield chunk


def _inflated(chunks: Iterator[bytes], member: zipfile.ZipInfo) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for chunk in chunks:
            rest = chunk
            while rest and not inflater.eof:
                if inflated := inflater.decompress(rest, CHUNK_BYTES):
                    yield inflated
                rest = inflater.unconsumed_tail
            if rest or inflater.unused_data:
                raise _damaged(member, "has bytes after its end")
        while not inflater.eof and (inflated := inflater.decompress(b"", CHUNK_BYTES)):
            yield inflated
    except zlib.error:
        raise _damaged(member, "does not inflate") from None
    if not inflater.eof:
        raise _damaged(member, "ends too early")


def _verified(chunks: Iterator[bytes], member: zipfile.ZipInfo) -> Iterator[bytes]:
    length = checksum = 0
    for chunk in chunks:
        length += len(chunk)
        checksum = zlib.crc32(chunk, checksum)
        if length > member.file_size:
            raise _damaged(member, "is longer than it declares")
        yield chunk
    if length != member.file_size:
        raise _damaged(member, "is shorter than it declares")
    if checksum != member.CRC:
        raise _damaged(member, "has a wrong checksum")


def _damaged(member: zipfile.ZipInfo, what: str) -> ImportRefused:
    return ImportRefused("zip-damaged", f"member {quoted(member.filename)} {what}", AGAIN)


def open_archive(path: Path) -> Archive:
    """Check the zip at `path` and return it. Raises ImportRefused with a `zip-…` code for what is no plain zip of CSV files."""
    return Archive(path, csv_members(path))
