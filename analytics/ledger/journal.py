"""The journal: the acts of the ledger as hash-chained JSON lines; an act is committed when its line is on the disk.

Every line has its number and its hash: the SHA-256 of the hash of the line before and of the JSON of the line.
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
    """One line of the journal: its number from 1, its instant (naive UTC), its act and arguments, and the hash of the chain up to it."""

    seq: int
    time: datetime
    act: str
    arguments: dict[str, Any]
    hash: str

    @classmethod
    def after(cls, previous: Act | None, time: datetime, act: str, arguments: dict[str, Any]) -> Act:
        """Return the act that follows `previous`, or the first one after None."""
        seq = previous.seq + 1 if previous else 1
        unsigned = cls(seq, time.replace(microsecond=0), act, arguments, "")
        return cls(seq, unsigned.time, act, arguments, unsigned._hash(previous.hash if previous else GENESIS))

    def _body(self) -> dict[str, Any]:
        return {"seq": self.seq, "time": f"{self.time.isoformat()}Z", "act": self.act, "arguments": self.arguments}

    def _hash(self, previous: str) -> str:
        return sha256((previous + _json(self._body())).encode()).hexdigest()

    def line(self) -> bytes:
        """Return the act as the bytes of its line, with the line end."""
        return (_json({**self._body(), "hash": self.hash}) + "\n").encode()

    def follows(self, previous: str) -> bool:
        """Return whether its hash is that of its content after the hash `previous`."""
        return self.hash == self._hash(previous)


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def read(path: Path) -> list[Act]:
    """Return all acts, in order, their chain checked. A last line without its line end is not an act and is left out.

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
    """Return the last act, or None without any; only the end of the file is read. Raises EvidenceError where its line was changed."""
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
    """Append the acts and wait until they are on the disk, all of them or none.

    Raises StoreError when the disk refuses; the journal is then as it was, or, with the code `disk-unsure`, in an unknown state.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    end = len(_finished(path))
    try:
        os.ftruncate(descriptor, end)
        _write_all(descriptor, b"".join(act.line() for act in acts), end)
        os.fsync(descriptor)
        if not end:
            # The process that created the file may have been killed before its name was durable.
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
        fields = json.loads(line)
        time = datetime.fromisoformat(fields["time"].removesuffix("Z"))
        act = Act(fields["seq"], time, fields["act"], fields["arguments"], fields["hash"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return act if act.line().rstrip(b"\n") == line else None
