"""The evidence vault: every accepted export, byte for byte, named by its SHA-256 and never changed or removed."""

from __future__ import annotations

from hashlib import file_digest
from pathlib import Path

from analytics.core.errors import EvidenceError
from analytics.core.files import sync_file, sync_folder

_RESTORE = "import the original file again, or restore the folder `exports` from a backup"


def digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def place(vault: Path, sha256: str) -> Path:
    """Return the path at which the evidence `sha256` is kept, whether it exists or not."""
    return vault / f"{sha256}.zip"


def keep(vault: Path, copy: Path, sha256: str) -> None:
    """Move the private copy of an export into the vault, durably.

    It replaces a file of the same hash, whose bytes are the same or damaged. Raises OSError.
    """
    copy.chmod(0o600)
    sync_file(copy)
    copy.replace(place(vault, sha256))
    sync_folder(vault)


def holds(vault: Path, sha256: str) -> bool:
    """Return whether the evidence `sha256` exists and has the bytes that were imported."""
    path = place(vault, sha256)
    return path.is_file() and digest(path) == sha256


def evidence(vault: Path, sha256: str) -> Path:
    """Return the path of the evidence `sha256`. Raises EvidenceError where it is missing or its bytes are not those that were imported."""
    path = place(vault, sha256)
    if not path.exists():
        raise EvidenceError("evidence-missing", f"the evidence {sha256[:12]}… is gone", _RESTORE)
    if digest(path) != sha256:
        raise EvidenceError("evidence-damaged", f"the evidence {sha256[:12]}… is not what was imported", _RESTORE)
    return path
