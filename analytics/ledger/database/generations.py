"""The generations of the database: immutable files, the newest named by CURRENT.

The next one is built on a workbench, sealed under its final name when it is finished, and published by one rename: that of
CURRENT.new, which names it, to CURRENT. Publishing therefore needs no space, and a sealed generation is known to be whole.
CURRENT also has the schema version, the last act and the checksum of the file, so that a writer need not open it.
"""

from __future__ import annotations

import re
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from analytics.core.data_directory import DataDirectory
from analytics.core.files import sync_file, sync_folder, write
from analytics.ledger.database.connection import SCHEMA_VERSION

KEPT = 3
_POINTER_BYTES = 200
_NO_HASH = "-"
_NAME = re.compile(r"[0-9]{6,12}\.duckdb")


def current(directory: DataDirectory) -> Path | None:
    """Return the path of the newest published generation, or None where there is none."""
    return _named(directory, directory.current)


def sealed(directory: DataDirectory) -> Path | None:
    """Return the path of the sealed generation that is not published yet, or None where there is none."""
    return _named(directory, _next_name(directory))


def head(directory: DataDirectory) -> tuple[int, str] | None:
    """Return the number and hash of the last act in the published generation; None where it is missing, damaged or of an older schema."""
    return _head(directory, directory.current)


def sealed_head(directory: DataDirectory) -> tuple[int, str] | None:
    """Return the number and hash of the last act in the sealed generation; None as for `head`."""
    return _head(directory, _next_name(directory))


def _head(directory: DataDirectory, pointer: Path) -> tuple[int, str] | None:
    path = _named(directory, pointer)
    match _pointer_lines(pointer):
        case [_, version, seq, hash_, checksum] if path and version == str(SCHEMA_VERSION) and checksum == _checksum(path):
            return int(seq), hash_.removeprefix(_NO_HASH)
    return None


def _checksum(path: Path) -> str:
    """Return the CRC-32 of a file, in hexadecimal. It detects damage, not tampering: the file can be built again from the evidence."""
    checksum = 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            checksum = zlib.crc32(chunk, checksum)
    return f"{checksum:08x}"


def _pointer_lines(pointer: Path) -> list[str]:
    try:
        with pointer.open("rb") as file:
            return file.read(_POINTER_BYTES).decode("ascii", "replace").split()
    except FileNotFoundError:
        return []


def _named(directory: DataDirectory, pointer: Path) -> Path | None:
    """Return the generation that a pointer names; None where the pointer is damaged or the file is missing."""
    name = next(iter(_pointer_lines(pointer)), "")
    path = directory.generations / name
    return path if _NAME.fullmatch(name) and path.is_file() else None


def _next_name(directory: DataDirectory) -> Path:
    return directory.root / "CURRENT.new"


@contextmanager
def workbench(directory: DataDirectory, start: Path | None) -> Iterator[Path]:
    """Yield the path at which the next generation is built: a copy of `start`, or a new file. It is removed where the block raises."""
    discard(directory)
    # A new name each time: in a process that still holds a file of the same name open, DuckDB would reuse that old file.
    path = directory.generations / f"building-{token_hex(4)}.duckdb"
    try:
        if start:
            shutil.copyfile(start, path)
        yield path
    except BaseException:
        # A file that cannot be removed now is removed by the next writer.
        with suppress(OSError):
            discard(directory)
        raise


def discard(directory: DataDirectory) -> None:
    """Remove generations that were built and never published. Raises OSError."""
    waiting = sealed(directory)
    if waiting and waiting != current(directory):
        waiting.unlink()
    for path in [*directory.generations.glob("building*"), _next_name(directory)]:
        path.unlink(missing_ok=True)


def seal(directory: DataDirectory, built: Path, seq: int, hash_: str) -> Path:
    """Make the generation `built`, whose last act is `seq`, durable under its final name, and write CURRENT.new; return its path.

    Raises OSError.
    """
    numbers = [int(path.stem) for path in _numbered(directory)]
    target = directory.generations / f"{max(numbers, default=0) + 1:06d}.duckdb"
    built.chmod(0o600)
    sync_file(built)
    write(_next_name(directory), f"{target.name} {SCHEMA_VERSION} {seq} {hash_ or _NO_HASH} {_checksum(built)}\n".encode())
    built.replace(target)
    sync_folder(directory.generations)
    return target


def publish(directory: DataDirectory) -> None:
    """Make the sealed generation the current one, durably, and remove all but the last KEPT. Raises OSError."""
    _next_name(directory).replace(directory.current)
    sync_folder(directory.root)
    link(directory)
    for path in _numbered(directory)[:-KEPT]:
        path.unlink(missing_ok=True)


def link(directory: DataDirectory) -> None:
    """Point the symbolic link for SQL tools to the newest published generation, where the file system has links."""
    newest = current(directory)
    target = newest and newest.relative_to(directory.root)
    name = directory.database_link
    if target is None or (name.is_symlink() and name.readlink() == target):
        return
    aside = name.with_name("usage.duckdb.new")
    with suppress(OSError):
        aside.unlink(missing_ok=True)
        aside.symlink_to(target)
        aside.replace(name)


def _numbered(directory: DataDirectory) -> list[Path]:
    return sorted(path for path in directory.generations.glob("*.duckdb") if _NAME.fullmatch(path.name))
