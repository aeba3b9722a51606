"""An opened zip of CSV files: its members as streams whose length and checksum are verified."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from analytics.core.errors import ImportRefused, quoted
from analytics.ingest.zip_structure import AGAIN, CHUNK_BYTES, LOCAL, csv_members


@dataclass(frozen=True)
class Archive:
    """A zip with a checked structure; `members` are its CSV files, in the order of the zip."""

    path: Path
    members: tuple[zipfile.ZipInfo, ...]

    @property
    def newest_time(self) -> datetime | None:
        """The wall-clock time of its newest member, of an unknown zone; None where a tool wrote zeros or another impossible time."""
        try:
            return datetime(*max(member.date_time for member in self.members))
        except ValueError:
            return None

    def read(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        """Yield the member's bytes in chunks. Raises ImportRefused where its length or checksum differs from the declared one."""
        with self.path.open("rb") as file:
            file.seek(member.header_offset)
            name_length, extra_length = LOCAL.unpack(file.read(LOCAL.size))[9:]
            file.seek(name_length + extra_length, 1)
            chunks = _packed_chunks(file, member.compress_size)
            if member.compress_type == zipfile.ZIP_DEFLATED:
                chunks = _inflated(chunks, member)
            yield from _verified(chunks, member)


def _packed_chunks(file: BinaryIO, length: int) -> Iterator[bytes]:
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


def _damaged(member: zipfile.ZipInfo, description: str) -> ImportRefused:
    return ImportRefused("zip-damaged", f"member {quoted(member.filename)} {description}", AGAIN)


def open_archive(path: Path) -> Archive:
    """Return the zip at `path`, checked. Raises ImportRefused with a `zip-…` code for anything but a plain zip of CSV files."""
    return Archive(path, csv_members(path))
