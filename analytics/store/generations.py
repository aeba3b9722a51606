"""Which database is the one to read: immutable files, the newest named by CURRENT; it does not look inside them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from analytics.config import DataDirectory
from analytics.durable import replace, sync_file, sync_folder

KEPT = 3


def current(directory: DataDirectory) -> Path | None:
    """The newest published generation, or None where there is none."""
    try:
        name = directory.current.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    path = directory.generations / Path(name).name
    return path if path.is_file() else None


def building(directory: DataDirectory) -> Path:
    """Where the one writer builds the next generation."""
    return directory.generations / "building.duckdb"


def workbench(directory: DataDirectory) -> Path:
    """Where the next generation is built: a copy of the newest, if there is one. What an interrupted build left is removed."""
    for left in directory.generations.glob("building.duckdb*"):
        left.unlink()
    path = building(directory)
    newest = current(directory)
    if newest:
        shutil.copyfile(newest, path)
    return path


def publish(directory: DataDirectory, built: Path) -> Path:
    """Make the finished file the one to read, durably, and retire all but the last few."""
    numbers = [int(path.stem) for path in directory.generations.glob("*.duckdb") if path.stem.isdigit()]
    target = directory.generations / f"{max(numbers, default=0) + 1:06d}.duckdb"
    built.chmod(0o600)
    sync_file(built)
    os.replace(built, target)
    sync_folder(directory.generations)
    replace(directory.current, f"{target.name}\n".encode())
    _link(directory, target)
    for path in sorted(directory.generations.glob("[0-9]*.duckdb"))[:-KEPT]:
        path.unlink()
    return target


def _link(directory: DataDirectory, target: Path) -> None:
    aside = directory.database_link.with_name("usage.duckdb.new")
    aside.unlink(missing_ok=True)
    aside.symlink_to(target.relative_to(directory.root))
    aside.replace(directory.database_link)
