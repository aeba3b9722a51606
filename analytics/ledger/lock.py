"""The lock of the one writer: an advisory file lock that ends with its process; readers take it only to finish an interrupted write."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from analytics.core.errors import BusyError

PATIENCE_SECONDS = 0.25
"""How long a writer waits for the lock: a reader that checks for an interrupted write holds it for an instant."""
_NAME_BYTES = 64


@contextmanager
def writing(lock: Path, purpose: str, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Hold the lock while the block runs. Raises BusyError, which names the holder, when another process has it."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _taken(descriptor, patience):
            holder = os.pread(descriptor, _NAME_BYTES, 0).decode(errors="replace").strip() or "another process"
            raise BusyError("busy", f"{holder} is writing to this data directory", "try again when it is done")
        # Always the same length, so that even a full disk has room for it.
        os.pwrite(descriptor, f"process {os.getpid()} ({purpose})".ljust(_NAME_BYTES).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _taken(descriptor: int, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.01)
        else:
            return True
