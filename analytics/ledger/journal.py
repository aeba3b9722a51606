"""The acts of the ledger as hash-chained JSON lines; an act is done when its line is on the disk. It interprets none.

Every line carries its number, the hash of the line before and its own: SHA-256 over the line before's hash and its own JSON.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from analytics.core.errors import EvidenceError, StoreError
from analytics.core.files import sync_folder

GENESIS = "0" * 64
_TAIL_BYTES = 1 << 16
_RESTORE = "restore journal.jsonl from a backup; nothing is read past the damage"


@dataclass(frozen=True)
class Act:
    """One line: its number from 1, when (naive UTC), what, with which arguments, and the hash that ends the chain here."""

    seq: int
    time: datetime
    act: str
    arguments: dict[str, Any]
    hash: str

    @classmethod
    def after(cls, previous: Act | None, time: datetime, act: str, arguments: dict[str, Any]) -> Act:
        """The act that follows `previous`."""
        seq = previous.seq + 1 if previous else 1
        unsigned = cls(seq, time.replace(microsecond=0), act, arguments, "")
        return cls(seq, unsigned.time, act, arguments, unsigned._hash(previous.hash if previous else GENESIS))

    def _body(self) -> dict[str, Any]:
        return {"seq": self.seq, "time": f"{self.time.isoformat()}Z", "act": self.act, "arguments": self.arguments}

    def _hash(self, previous: str) -> str:
        return sha256((previous + _json(self._body())).encode()).hexdigest()

    def line(self) -> bytes:
        """The act as it is written, with its line end."""
        return (_json({**self._body(), "hash": self.hash}) + "\n").encode()

    def follows(self, previous: str) -> bool:
        """Whether its hash is that of its content after `previous`."""
        return self.hash == self._hash(previous)


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def read(path: Path) -> list[Act]:
    """All acts, in order, the chain checked. A last line that was never finished does not count; it is not an act.

    Raises EvidenceError where a finished line was changed, lost or moved.
    """
    acts: list[Act] = []
    for number, line in enumerate(_finished(path).split(b"\n")[:-1], start=1):
        act = _parsed(line)
        previous = acts[-1].hash if acts else GENESIS
        if act is None or act.seq != number or not act.follows(previous):
            raise EvidenceError("journal-damaged", f"line {number} of the journal is not what was written", _RESTORE)
        acts.append(act)
    return acts


def last(path: Path) -> Act | None:
    """The last act, without reading those before; its chain is not checked."""
    if not path.exists():
        return None
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        reach = min(size, _TAIL_BYTES)
        while True:
            file.seek(size - reach)
            lines = file.read(reach).split(b"\n")[:-1]
            if len(lines) > 1 or reach == size:
                break
            reach = min(size, reach * 4)
    if not lines:
        return None
    act = _parsed(lines[-1])
    if act is None:
        raise EvidenceError("journal-damaged", "the last line of the journal is not what was written", _RESTORE)
    return act


def append(path: Path, acts: Sequence[Act]) -> None:
    """Write the acts and wait until they are on the disk: all of them, or the journal is as it was.

    Raises StoreError when the disk refuses.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    end = len(_finished(path))
    try:
        os.ftruncate(descriptor, end)
        _write_all(descriptor, b"".join(act.line() for act in acts), end)
        os.fsync(descriptor)
        if not end:
            # Whoever made the file may not have lived to make its name durable.
            sync_folder(path.parent)
    except OSError as error:
        _take_back(descriptor, end)
        raise StoreError("disk", f"the journal cannot be written: {error.strerror}", "free some space; nothing was changed") from None
    finally:
        os.close(descriptor)


def _take_back(descriptor: int, end: int) -> None:
    try:
        os.ftruncate(descriptor, end)
        os.fsync(descriptor)
    except OSError as error:
        raise StoreError(
            "disk-unsure",
            f"the journal can neither be written nor be left as it was: {error.strerror}",
            "check the disk, then see with `keyspend imports` whether it was done; to do it again is safe",
        ) from None


def _write_all(descriptor: int, data: bytes, position: int) -> None:
    while data:
        written = os.pwrite(descriptor, data, position)
        data, position = data[written:], position + written


def _finished(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return b""
    return content[: content.rfind(b"\n") + 1]


def _parsed(line: bytes) -> Act | None:
    try:
        read = json.loads(line)
        time = datetime.fromisoformat(read["time"].removesuffix("Z"))
        act = Act(read["seq"], time, read["act"], read["arguments"], read["hash"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return act if act.line().rstrip(b"\n") == line else None
