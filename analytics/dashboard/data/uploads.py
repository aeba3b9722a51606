"""Uploads of a browser as files in a private temporary folder."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

LONGEST_NAME = 60
"""Characters, of which each may take four of the 255 bytes that file systems give a name."""
_UNKNOWN_TIME = 315_532_800
"""1980-01-01: a browser does not send when a loose CSV was saved, so its last day counts as in progress."""


@dataclass(frozen=True)
class Upload:
    """An uploaded file; its name is untrusted."""

    name: str
    content: memoryview


@contextmanager
def saved_files(uploads: Sequence[Upload]) -> Iterator[list[Path]]:
    """Yield the paths of the files in a folder with mode 0700; files of the same name are in folders of their own."""
    name_counts: Counter[str] = Counter()
    with TemporaryDirectory(prefix="keyspend-upload-") as folder:
        paths = []
        for upload in uploads:
            name = safe_name(upload.name)
            path = Path(folder) / str(name_counts[name.casefold()]) / name
            name_counts[name.casefold()] += 1
            path.parent.mkdir(mode=0o700, exist_ok=True)
            path.write_bytes(upload.content)
            os.utime(path, (_UNKNOWN_TIME, _UNKNOWN_TIME))
            paths.append(path)
        yield paths


def safe_name(name: str) -> str:
    """Return the last part of a path, shortened to LONGEST_NAME before its suffix, which distinguishes zips from CSVs."""
    last = name.replace("\0", "_").rsplit("/", 1)[-1]
    stem, dot, suffix = last.rpartition(".")
    shortened = f"{stem[: LONGEST_NAME - len(suffix)]}.{suffix}" if dot and len(suffix) < 10 else last[:LONGEST_NAME]
    return shortened if shortened.strip(". ") else "upload"
