"""One writer at a time: an advisory lock that dies with its holder; readers never ask for it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from analytics.errors import BusyError


@contextmanager
def writing(lock: Path, purpose: str) -> Iterator[None]:
    """Hold the lock while the block runs. Raises BusyError, which names the holder, when another process has it."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 100, 0).decode(errors="replace").strip() or "another process"
            raise BusyError("busy", f"{holder} is writing to this data directory", "try again when it is done") from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()} ({purpose})".encode(), 0)
        yield
    finally:
        os.close(descriptor)
