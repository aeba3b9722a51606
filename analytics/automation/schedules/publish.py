"""The publication of a set of files in a folder: written under temporary names, then renamed, the manifest last.

A manifest whose hashes match its files guarantees a whole set, old or new. A run that was killed in between leaves a manifest that
does not match, which the next run detects; files that already have the right bytes are not touched.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from analytics.core.errors import StoreError, quoted
from analytics.core.files import sync_folder

MODES = {"owner": 0o600, "group": 0o640, "all": 0o644}
"""The file modes by the setting `readable_by`."""


def publish(folder: Path, files: Mapping[str, bytes], manifest: tuple[str, bytes], mode: int) -> bool:
    """Write these files and, last, this manifest into the folder; return whether anything had to be written.

    The folder is created where its parent exists. Raises StoreError on errors of the disk: no old file has changed then, unless a
    rename failed, which a manifest that does not match reveals.
    """
    try:
        folder.mkdir(mode=mode | (mode & 0o444) >> 2, exist_ok=True)
        changed = {name: content for name, content in [*files.items(), manifest] if _read(folder / name) != content}
        return bool(changed) and _replace(folder, changed, mode)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        message = f"reports cannot be written into {quoted(str(folder), 200)}: {reason}"
        raise StoreError("schedule-folder", message, "make the folder, and let the user who runs keyspend write into it") from None


def _replace(folder: Path, changed: Mapping[str, bytes], mode: int) -> bool:
    """Write all files under temporary names, then rename them in order, the last once the others are on the disk; return True."""
    temporary = {folder / name: folder / f".{name}.new" for name in changed}
    try:
        for new, content in zip(temporary.values(), changed.values(), strict=True):
            new.unlink(missing_ok=True)
            _write(new, content, mode)
        *others, last = temporary.items()
        for path, new in others:
            new.replace(path)
        sync_folder(folder)
        last[1].replace(last[0])
        sync_folder(folder)
    except BaseException:
        for new in temporary.values():
            new.unlink(missing_ok=True)
        raise
    return True


def _write(new: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def is_whole(manifest: Path) -> bool:
    """Whether a manifest exists and each of its files has the SHA-256 that it lists."""
    try:
        files: list[dict[str, Any]] = json.loads(manifest.read_bytes())["files"]
        return all(sha256(manifest.with_name(one["name"]).read_bytes()).hexdigest() == one["sha256"] for one in files)
    except (OSError, ValueError, KeyError, TypeError):
        return False
