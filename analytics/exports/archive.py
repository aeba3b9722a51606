"""A hostile-safe reader of one export's zip: it checks the structure before a byte is inflated, and unpacks to no name of the zip.

`zipfile` reads the central directory; what it does not check (overlaps, prefixes, local headers, sizes) is checked here,
because Python before 3.11.8 unpacks overlapping bombs and any Python takes the last of two members with one name.
Field offsets are those of PKWARE's APPNOTE 6.3, sections 4.3.7 and 4.3.16.
"""

from __future__ import annotations

import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from analytics.errors import ImportRefused, quoted

MAX_ARCHIVE_BYTES = 4 << 30
MAX_MEMBER_BYTES = 2 << 30
MAX_RATIO = 200
MAX_ENTRIES = 32
CHUNK_BYTES = 1 << 20

_END = struct.Struct("<4s4H2LH")
_LOCAL = struct.Struct("<4s5H3L2H")
_LOCAL_MAGIC, _END_MAGIC, _ZIP64_MAGIC = b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x07"
_TAIL_BYTES = 1 << 17
_ENCRYPTED, _STREAMED, _PATCHED, _STRONG, _MASKED = 0x1, 0x8, 0x20, 0x40, 0x2000
_ZIP64_EXTRA = b"\x01\x00"
_JUNK_NAMES = (".ds_store", "thumbs.db", "desktop.ini")
_BEIJING = timedelta(hours=8)
_FARTHEST_EAST = timedelta(hours=14)
VENDORS_CLOCK = "member time"
"""How the time of an export is known when it is the vendor's own word, and not that of whoever wrote the files last."""

_AGAIN = "download the export again and import the zip as it came"
_REPACK = "pack it again as a plain zip, or unpack it and import the folder"


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
            name_length, extra_length = _LOCAL.unpack(file.read(_LOCAL.size))[9:]
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
    return ImportRefused("zip-damaged", f"member {quoted(member.filename)} {what}", _AGAIN)


def open_archive(path: Path) -> Archive:
    """Check the zip at `path` (threats 1 to 13 of the reference) and return it. Raises ImportRefused with a `zip-…` code."""
    directory_start, entries, size = _end_record(path)
    try:
        with zipfile.ZipFile(path) as bundle:
            infos = bundle.infolist()
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, ValueError, struct.error):
        raise ImportRefused("zip-damaged", "the zip's directory cannot be read", _AGAIN) from None
    if len(infos) != entries:
        raise _structure(f"it declares {entries} entries and has {len(infos)}")
    for info in infos:
        _check_name(info)
        _check_kind(info)
        _check_size(info, size)
    _check_duplicates(infos)
    _check_spans(path, infos, directory_start)
    return Archive(path, _csv_members(infos))


def _end_record(path: Path) -> tuple[int, int, int]:
    """Where the directory starts, its entries and the size of the file, all held to the one possible layout of a plain zip."""
    size = path.stat().st_size
    with path.open("rb") as file:
        magic = file.read(4)
        file.seek(max(0, size - _TAIL_BYTES))
        tail = file.read()
    record = tail[-_END.size :]
    if magic != _LOCAL_MAGIC or record[:4] != _END_MAGIC:
        raise _no_plain_zip(magic, tail)
    if tail[-_END.size - 20 :].startswith(_ZIP64_MAGIC):
        raise _structure("it uses zip64", _REPACK)
    _, disk, directory_disk, entries_here, entries, length, start, comment = _END.unpack(record)
    if disk or directory_disk or entries_here != entries or comment or start + length + _END.size != size:
        raise _structure("its end record does not fit the file")
    if entries > MAX_ENTRIES or length > _TAIL_BYTES:
        raise _structure(f"its directory has more than {MAX_ENTRIES} entries, or very long ones")
    return start, entries, size


def _no_plain_zip(magic: bytes, tail: bytes) -> ImportRefused:
    """Why a file that does not both start and end as a plain zip does is none."""
    if magic == _END_MAGIC:
        return ImportRefused("zip-missing", "the zip is empty", _AGAIN)
    if 0 <= tail.rfind(_END_MAGIC) <= len(tail) - _END.size:
        return _structure("there are bytes after its end" if magic == _LOCAL_MAGIC else "there are bytes before its start")
    if magic == _LOCAL_MAGIC:
        return ImportRefused("zip-truncated", "the zip is cut short: its end is missing", _AGAIN)
    return ImportRefused(
        "not-a-zip",
        "this is not a zip file",
        "the download may have failed and saved an error page: open the console, export again, and import that",
    )


def _structure(what: str, hint: str = _AGAIN) -> ImportRefused:
    return ImportRefused("zip-structure", f"the zip is not a plain one: {what}", hint)


def _check_name(info: zipfile.ZipInfo) -> None:
    # Python cuts a name at a NUL, and newer releases take it from an extra field: both must be safe.
    for name in (info.orig_filename, info.filename):
        parts = PurePosixPath(name).parts
        if not name or name.startswith("/") or ".." in parts or not all(map(is_plain, name)):
            raise ImportRefused("zip-name", f"a member has an unsafe name: {quoted(name)}", _AGAIN)


def is_plain(character: str) -> bool:
    """Whether it is safe in a name on any system and on any terminal; all kinds of spaces are."""
    return character not in "\\:" and (character.isprintable() or unicodedata.category(character) == "Zs")


def _check_kind(info: zipfile.ZipInfo) -> None:
    shown = quoted(info.filename)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR) or ((kind == stat.S_IFDIR) != info.is_dir() and kind):
        raise ImportRefused("zip-special", f"member {shown} is a link or a device, not a file", _AGAIN)
    if info.flag_bits & (_ENCRYPTED | _STRONG | _MASKED):
        raise ImportRefused("zip-encrypted", f"member {shown} is encrypted", "unpack it, then import the folder")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & _PATCHED:
        raise ImportRefused("zip-method", f"member {shown} is packed by a method other than deflate", _REPACK)
    if 0xFFFFFFFF in (info.compress_size, info.file_size, info.header_offset) or _ZIP64_EXTRA in _extra_ids(info.extra):
        raise _structure(f"member {shown} uses zip64", _REPACK)
    if info.volume:
        raise _structure(f"member {shown} is on another disk")


def _extra_ids(extra: bytes) -> set[bytes]:
    ids = set()
    while len(extra) >= 4:
        ids.add(extra[:2])
        extra = extra[4 + int.from_bytes(extra[2:4], "little") :]
    return ids


def _check_size(info: zipfile.ZipInfo, archive_size: int) -> None:
    shown = quoted(info.filename)
    if info.compress_size > archive_size:
        raise ImportRefused("zip-bomb", f"member {shown} declares more packed bytes than the zip has", _AGAIN)
    if info.file_size > MAX_MEMBER_BYTES:
        raise ImportRefused("zip-bomb", f"member {shown} unpacks to more than {MAX_MEMBER_BYTES:,} bytes", "export a shorter period")
    if info.file_size > CHUNK_BYTES and info.file_size > MAX_RATIO * info.compress_size:
        raise ImportRefused("zip-bomb", f"member {shown} unpacks to more than {MAX_RATIO} times its packed size", _AGAIN)
    if info.compress_type == zipfile.ZIP_STORED and info.file_size != info.compress_size:
        raise _structure(f"member {shown} is stored, with two different sizes")


def _check_duplicates(infos: list[zipfile.ZipInfo]) -> None:
    seen: set[str] = set()
    for info in infos:
        folded = info.filename.casefold()
        if folded in seen:
            raise ImportRefused("zip-duplicate", f"the zip holds {quoted(info.filename)} twice", _AGAIN)
        seen.add(folded)


def _check_spans(path: Path, infos: list[zipfile.ZipInfo], directory_start: int) -> None:
    """Members must follow each other without gap or overlap from byte 0 to the directory, each as the directory says."""
    position = 0
    with path.open("rb") as file:
        for info in sorted(infos, key=lambda info: info.header_offset):
            if info.header_offset != position:
                raise _overlap_or_gap(info, position)
            file.seek(position)
            header = file.read(_LOCAL.size)
            if len(header) < _LOCAL.size:
                raise _structure("a member starts beyond its end")
            position += _LOCAL.size + _check_local(info, header, file) + info.compress_size
            position += _descriptor_length(info, file, position)
    if position != directory_start:
        raise _structure("its members do not end where its directory starts")


def _overlap_or_gap(info: zipfile.ZipInfo, position: int) -> ImportRefused:
    if info.header_offset < position:
        return ImportRefused("zip-overlap", f"member {quoted(info.filename)} overlaps another", _AGAIN)
    return _structure(f"there are unused bytes before member {quoted(info.filename)}")


def _check_local(info: zipfile.ZipInfo, header: bytes, file: BinaryIO) -> int:
    """Hold the local header against the directory; return the length of its name and extra field."""
    magic, _, flags, method, _, _, crc, packed, unpacked, name_length, extra_length = _LOCAL.unpack(header)
    if magic != _LOCAL_MAGIC or flags != info.flag_bits or method != info.compress_type:
        raise _structure(f"member {quoted(info.filename)} differs from its directory entry")
    encoding = "utf-8" if flags & 0x800 else "cp437"
    if file.read(name_length) != info.orig_filename.encode(encoding, "replace"):
        raise _structure(f"member {quoted(info.filename)} has another name inside")
    declared = ((crc, info.CRC), (packed, info.compress_size), (unpacked, info.file_size))
    # Who streams leaves zeros for what was not known yet; Info-ZIP knows the length of a file and writes it.
    if any(inside != known and not (flags & _STREAMED and inside == 0) for inside, known in declared):
        raise _structure(f"member {quoted(info.filename)} declares two sizes or checksums")
    if _ZIP64_EXTRA in _extra_ids(file.read(extra_length)):
        raise _structure(f"member {quoted(info.filename)} uses zip64", _REPACK)
    return int(name_length + extra_length)


def _descriptor_length(info: zipfile.ZipInfo, file: BinaryIO, position: int) -> int:
    """A streamed member is followed by its checksum and sizes, with or without a signature (APPNOTE 4.3.9)."""
    if not info.flag_bits & _STREAMED:
        return 0
    fields = struct.pack("<3L", info.CRC, info.compress_size, info.file_size)
    file.seek(position)
    following = file.read(16)
    if following == b"PK\x07\x08" + fields:
        return 16
    if following[:12] == fields:
        return 12
    raise _structure(f"member {quoted(info.filename)} lacks its closing record")


def _csv_members(infos: list[zipfile.ZipInfo]) -> tuple[zipfile.ZipInfo, ...]:
    members = []
    for info in infos:
        path = PurePosixPath(info.filename)
        if info.is_dir() or "__MACOSX" in path.parts or path.name.startswith("._") or path.name.casefold() in _JUNK_NAMES:
            continue
        if path.suffix.casefold() != ".csv":
            raise ImportRefused(
                "zip-member",
                f"the zip holds {quoted(info.filename)}, which is no part of an export",
                "import the export's own zip; a zip of zips must be unpacked first",
            )
        members.append(info)
    if not members:
        raise ImportRefused("zip-missing", "the zip holds no CSV file", _AGAIN)
    if len(members) > 2:
        raise ImportRefused("zip-member", f"the zip holds {len(members)} CSV files, more than one export", "import one export at a time")
    return tuple(members)
