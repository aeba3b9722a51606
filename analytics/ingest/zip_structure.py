"""The structure of a plain zip: every byte outside its members' data is checked before any member is inflated.

`zipfile` reads the central directory; overlaps, prefixes, local headers and sizes, which it does not check, are checked here,
because Python before 3.11.8 unpacks overlapping bombs and any Python takes the last of two members with one name.
Field offsets are those of PKWARE's APPNOTE 6.3, sections 4.3.7 and 4.3.16.
"""

from __future__ import annotations

import stat
import struct
import unicodedata
import zipfile
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from analytics.core.errors import ImportRefused, quoted

MAX_MEMBER_BYTES = 2 << 30
MAX_RATIO = 200
MAX_ENTRIES = 32
CHUNK_BYTES = 1 << 20
LOCAL = struct.Struct("<4s5H3L2H")
"""The header before each member, up to its name."""
AGAIN = "download the export again and import the zip as it came"

_END = struct.Struct("<4s4H2LH")
_LOCAL_MAGIC, _END_MAGIC, _ZIP64_MAGIC = b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x07"
_TAIL_BYTES = 1 << 17
_ENCRYPTED, _STREAMED, _PATCHED, _STRONG, _MASKED = 0x1, 0x8, 0x20, 0x40, 0x2000
_ZIP64_EXTRA = b"\x01\x00"
_JUNK_NAMES = (".ds_store", "thumbs.db", "desktop.ini")
_REPACK = "pack it again as a plain zip, or unpack it and import the folder"


def csv_members(path: Path) -> tuple[zipfile.ZipInfo, ...]:
    """Return the CSV files of the zip at `path`, in its order, after every check. Raises ImportRefused with a `zip-…` code."""
    directory_start, entries, size = _end_record(path)
    try:
        with zipfile.ZipFile(path) as bundle:
            infos = bundle.infolist()
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, ValueError, struct.error):
        raise ImportRefused("zip-damaged", "the zip's directory cannot be read", AGAIN) from None
    if len(infos) != entries:
        raise _structure(f"it declares {entries} entries and has {len(infos)}")
    for info in infos:
        _check_name(info)
        _check_kind(info)
        _check_size(info, size)
    _check_duplicates(infos)
    _check_spans(path, infos, directory_start)
    return _csvs(infos)


def _end_record(path: Path) -> tuple[int, int, int]:
    """Return the offset of the directory, its number of entries and the file's size. Raises ImportRefused unless they fit a plain zip."""
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
    """Return the refusal of a file whose start or end is not that of a plain zip."""
    if magic == _END_MAGIC:
        return ImportRefused("zip-missing", "the zip is empty", AGAIN)
    if 0 <= tail.rfind(_END_MAGIC) <= len(tail) - _END.size:
        return _structure("there are bytes after its end" if magic == _LOCAL_MAGIC else "there are bytes before its start")
    if magic == _LOCAL_MAGIC:
        return ImportRefused("zip-truncated", "the zip is cut short: its end is missing", AGAIN)
    return ImportRefused(
        "not-a-zip",
        "this is not a zip file",
        "the download may have failed and saved an error page: open the console, export again, and import that",
    )


def _structure(description: str, hint: str = AGAIN) -> ImportRefused:
    return ImportRefused("zip-structure", f"the zip is not a plain one: {description}", hint)


def _check_name(info: zipfile.ZipInfo) -> None:
    # Python cuts a name at a NUL, and newer releases take it from an extra field: both names must be safe.
    for name in (info.orig_filename, info.filename):
        parts = PurePosixPath(name).parts
        if not name or name.startswith("/") or ".." in parts or not all(map(is_plain, name)):
            raise ImportRefused("zip-name", f"a member has an unsafe name: {quoted(name)}", AGAIN)


def is_plain(character: str) -> bool:
    """Return whether `character` is safe in a name on any system and on any terminal; all kinds of spaces are."""
    return character not in "\\:" and (character.isprintable() or unicodedata.category(character) == "Zs")


def _check_kind(info: zipfile.ZipInfo) -> None:
    shown = quoted(info.filename)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR) or ((kind == stat.S_IFDIR) != info.is_dir() and kind):
        raise ImportRefused("zip-special", f"member {shown} is a link or a device, not a file", AGAIN)
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
        raise ImportRefused("zip-bomb", f"member {shown} declares more packed bytes than the zip has", AGAIN)
    if info.file_size > MAX_MEMBER_BYTES:
        raise ImportRefused("zip-bomb", f"member {shown} unpacks to more than {MAX_MEMBER_BYTES:,} bytes", "export a shorter period")
    if info.file_size > CHUNK_BYTES and info.file_size > MAX_RATIO * info.compress_size:
        raise ImportRefused("zip-bomb", f"member {shown} unpacks to more than {MAX_RATIO} times its packed size", AGAIN)
    if info.compress_type == zipfile.ZIP_STORED and info.file_size != info.compress_size:
        raise _structure(f"member {shown} is stored, with two different sizes")


def _check_duplicates(infos: list[zipfile.ZipInfo]) -> None:
    seen: set[str] = set()
    for info in infos:
        folded = info.filename.casefold()
        if folded in seen:
            raise ImportRefused("zip-duplicate", f"the zip holds {quoted(info.filename)} twice", AGAIN)
        seen.add(folded)


def _check_spans(path: Path, infos: list[zipfile.ZipInfo], directory_start: int) -> None:
    """Check that members follow each other without gap or overlap from byte 0 to the directory, each as its entry declares.

    Raises ImportRefused.
    """
    position = 0
    with path.open("rb") as file:
        for info in sorted(infos, key=lambda info: info.header_offset):
            if info.header_offset != position:
                raise _overlap_or_gap(info, position)
            file.seek(position)
            header = file.read(LOCAL.size)
            if len(header) < LOCAL.size:
                raise _structure("a member starts beyond its end")
            position += LOCAL.size + _check_local(info, header, file) + info.compress_size
            position += _descriptor_length(info, file, position)
    if position != directory_start:
        raise _structure("its members do not end where its directory starts")


def _overlap_or_gap(info: zipfile.ZipInfo, position: int) -> ImportRefused:
    if info.header_offset < position:
        return ImportRefused("zip-overlap", f"member {quoted(info.filename)} overlaps another", AGAIN)
    return _structure(f"there are unused bytes before member {quoted(info.filename)}")


def _check_local(info: zipfile.ZipInfo, header: bytes, file: BinaryIO) -> int:
    """Return the length in bytes of a local header's name and extra field. Raises ImportRefused where it differs from the directory."""
    magic, _, flags, method, _, _, crc, packed, unpacked, name_length, extra_length = LOCAL.unpack(header)
    if magic != _LOCAL_MAGIC or flags != info.flag_bits or method != info.compress_type:
        raise _structure(f"member {quoted(info.filename)} differs from its directory entry")
    encoding = "utf-8" if flags & 0x800 else "cp437"
    if file.read(name_length) != info.orig_filename.encode(encoding, "replace"):
        raise _structure(f"member {quoted(info.filename)} has another name inside")
    declared = ((crc, info.CRC), (packed, info.compress_size), (unpacked, info.file_size))
    # A tool that streams leaves zeros for values it does not know yet; Info-ZIP knows the length of a file and writes it.
    if any(inside != known and not (flags & _STREAMED and inside == 0) for inside, known in declared):
        raise _structure(f"member {quoted(info.filename)} declares two sizes or checksums")
    if _ZIP64_EXTRA in _extra_ids(file.read(extra_length)):
        raise _structure(f"member {quoted(info.filename)} uses zip64", _REPACK)
    return int(name_length + extra_length)


def _descriptor_length(info: zipfile.ZipInfo, file: BinaryIO, position: int) -> int:
    """Return the bytes of the record of checksum and sizes after a streamed member, with or without a signature (APPNOTE 4.3.9)."""
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


def _csvs(infos: list[zipfile.ZipInfo]) -> tuple[zipfile.ZipInfo, ...]:
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
        raise ImportRefused("zip-missing", "the zip holds no CSV file", AGAIN)
    if len(members) > 2:
        raise ImportRefused("zip-member", f"the zip holds {len(members)} CSV files, more than one export", "import one export at a time")
    return tuple(members)
