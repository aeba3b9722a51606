"""Durable file writes: when they return, the content is on the disk, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from analytics.core.errors import StoreError


@contextmanager
def disk_errors() -> Iterator[None]:
    """Raise an OSError of the block as a StoreError, for blocks that have changed nothing when the disk refuses."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StoreError("disk", f"the disk refused: {reason}", "free some space or check the permissions; nothing was changed") from None


def sync_folder(folder: Path) -> None:
    """Make renames and new names in `folder` survive a power loss. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Make the content of `path` survive a power loss. Raises OSError."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def write(path: Path, content: bytes) -> None:
    """Write `content` as the file at `path`, with mode 0600, and wait until it is on the disk. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """Open a file of mode 0600 that replaces `path` when the block ends, whole or not at all.

    Readers of `path` see the old file until then. Raises StoreError when the disk refuses.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.new")
    with disk_errors():
        try:
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def replace(path: Path, content: bytes) -> None:
    """Replace the content of `path`, whole or not at all. Raises StoreError when the disk refuses."""
    with atomic_write(path) as file:
        file.write(content)
