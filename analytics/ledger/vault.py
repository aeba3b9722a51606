"""The evidence: every accepted export, byte for byte, under the hash of its bytes; it never changes or removes one."""

from __future__ import annotations

import os
from hashlib import file_digest
from pathlib import Path

from analytics.errors import EvidenceError
from analytics.durable import sync_file, sync_folder

_RESTORE = "restore the folder `exports` from a backup, or import the original file again after `keyspend undo`"


def digest(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def place(vault: Path, sha256: str) -> Path:
    """Where the evidence with this hash is kept."""
    return vault / f"{sha256}.zip"


def keep(vault: Path, copy: Path, sha256: str) -> bool:
    """Move the private copy of an export into the vault, durably; say whether it is new there."""
    target = place(vault, sha256)
    if target.exists():
        return False
    copy.chmod(0o600)
    sync_file(copy)
    os.replace(copy, target)
    sync_folder(vault)
    return True


def evidence(vault: Path, sha256: str) -> Path:
    """The path of a kept export whose bytes are still those that came. Raises EvidenceError where they are not."""
    path = place(vault, sha256)
    if not path.exists():
        raise EvidenceError("evidence-missing", f"the evidence {sha256[:12]}… is gone", _RESTORE)
    if digest(path) != sha256:
        raise EvidenceError("evidence-damaged", f"the evidence {sha256[:12]}… is not what was imported", _RESTORE)
    return path
