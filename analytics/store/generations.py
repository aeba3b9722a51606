"""Which database is the one to read: immutable files, the newest named by CURRENT; it does not look inside them.

The next one is built on a workbench, sealed under its final name when it is finished, and published by one rename: that of
CURRENT.new, which names it, to CURRENT. Publishing therefore needs no space, and a sealed generation is known to be whole.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from analytics.config import DataDirectory
from analytics.durable import sync_file, sync_folder, write

KEPT = 3
_NAME = re.compile(r"[0-9]{6,12}\.duckdb")


def current(directory: DataDirectory) -> Path | None:
    """The newest published generation, or None where there is none."""
    return _named(directory, directory.current)


def sealed(directory: DataDirectory) -> Path | None:
    """The finished generation that only waits to be published, or None where there is none."""
    return _named(directory, _next_name(directory))


def _named(directory: DataDirectory, pointer: Path) -> Path | None:
    """The generation that a pointer names. A pointer that is no more than noise names none."""
    try:
        name = pointer.read_bytes()[:100].decode("ascii", "replace").strip()
    except FileNotFoundError:
        return None
    path = directory.generations / name
    return path if _NAME.fullmatch(name) and path.is_file() else None


def _next_name(directory: DataDirectory) -> Path:
    return directory.root / "CURRENT.new"


@contextmanager
def workbench(directory: DataDirectory, start: Path | None) -> Iterator[Path]:
    """Where the next generation is built: a copy of `start`, or a file that is not there yet. Nothing is left when the block fails."""
    discard(directory)
    # Never the same name twice: DuckDB gives a process that still holds a file of this name that old file again.
    path = directory.generations / f"building-{token_hex(4)}.duckdb"
    try:
        if start:
            shutil.copyfile(start, path)
        yield path
    except BaseException:
        # What cannot be removed now is removed by the next writer.
        with suppress(OSError):
            discard(directory)
        raise


def discard(directory: DataDirectory) -> None:
    """Remove what was built and never published."""
    waiting = sealed(directory)
    if waiting and waiting != current(directory):
        waiting.unlink()
    for path in [*directory.generations.glob("building*"), _next_name(directory)]:
        path.unlink(missing_ok=True)


def seal(directory: DataDirectory, built: Path) -> Path:
    """Make what was built on the workbench durable under its final name, and have that name ready for CURRENT."""
    numbers = [int(path.stem) for path in _numbered(directory)]
    target = directory.generations / f"{max(numbers, default=0) + 1:06d}.duckdb"
    built.chmod(0o600)
    sync_file(built)
    write(_next_name(directory), f"{target.name}\n".encode())
    built.replace(target)
    sync_folder(directory.generations)
    return target


def publish(directory: DataDirectory) -> None:
    """Make the sealed generation the one to read, durably, and retire all but the last few."""
    _next_name(directory).replace(directory.current)
    sync_folder(directory.root)
    link(directory)
    for path in _numbered(directory)[:-KEPT]:
        path.unlink(missing_ok=True)


def link(directory: DataDirectory) -> None:
    """Let the stable name for SQL tools lead to the newest published generation, where the file system can do that."""
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
