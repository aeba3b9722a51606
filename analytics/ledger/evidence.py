"""The evidence: every accepted export, byte for byte, under the hash of its bytes; it never changes or removes one."""

from __future__ import annotations

from hashlib import file_digest
from pathlib import Path

from analytics.core.errors import EvidenceError
from analytics.core.files import sync_file, sync_folder

_RESTORE = "import the original file again, or restore the folder `exports` from a backup"


def digest(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def place(vault: Path, sha256: str) -> Path:
    """Where the evidence with this hash is kept."""
    return vault / f"{sha256}.zip"


def keep(vault: Path, copy: Path, sha256: str) -> None:
    """Move the private copy of an export into the vault, durably. What stands there under this hash has the same bytes or is damaged."""
    copy.chmod(0o600)
    sync_file(copy)
    copy.replace(place(vault, sha256))
    sync_folder(vault)


def holds(vault: Path, sha256: str) -> bool:
    """Whether this evidence is there, with the bytes that came."""
    path = place(vault, sha256)
    return path.is_file() and digest(path) == sha256


def evidence(vault: Path, sha256: str) -> Path:
    """The path of a kept export whose bytes are still those that came. Raises EvidenceError where they are not."""
    path = place(vault, sha256)
    if not path.exists():
        raise EvidenceError("evidence-missing", f"the evidence {sha256[:12]}… is gone", _RESTORE)
    if digest(path) != sha256:
        raise EvidenceError("evidence-damaged", f"the evidence {sha256[:12]}… is not what was imported", _RESTORE)
    return path
