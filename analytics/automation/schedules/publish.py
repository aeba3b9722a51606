"""A set of files into a folder: all written aside, then renamed, their manifest last; it knows nothing of what they hold.

Whoever finds a manifest whose hashes are those of its files holds a whole set, old or new. A run that was killed in between leaves
a manifest that does not fit, which the next run finds; what is on the disk already as it should be is not touched.
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
"""Who may read what is written."""


def publish(folder: Path, files: Mapping[str, bytes], manifest: tuple[str, bytes], mode: int) -> bool:
    """Make the folder hold these files and, last, this manifest; return whether anything had to be written.

    The folder is made where its parent is there. Raises StoreError when the disk refuses: then no old file has changed, unless it
    refused a rename, which a manifest that does not fit shows.
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
    """Write all files aside, then rename them in their order, the last when the others are on the disk."""
    aside = {folder / name: folder / f".{name}.new" for name in changed}
    try:
        for new, content in zip(aside.values(), changed.values(), strict=True):
            new.unlink(missing_ok=True)
            _write(new, content, mode)
        *others, last = aside.items()
        for path, new in others:
            new.replace(path)
        sync_folder(folder)
        last[1].replace(last[0])
        sync_folder(folder)
    except BaseException:
        for new in aside.values():
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
    """Whether a manifest is there, and each of its files with the bytes that it tells."""
    try:
        files: list[dict[str, Any]] = json.loads(manifest.read_bytes())["files"]
        return all(sha256(manifest.with_name(one["name"]).read_bytes()).hexdigest() == one["sha256"] for one in files)
    except (OSError, ValueError, KeyError, TypeError):
        return False
