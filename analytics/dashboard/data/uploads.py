"""What a browser sent, as files in a private folder that is gone afterwards; it reads no file and imports nothing."""

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
"""1980-01-01: a browser does not say when a loose CSV was saved, so its last day is taken for one in progress."""


@dataclass(frozen=True)
class Upload:
    """A file as the browser names it; the name is anybody's."""

    name: str
    content: memoryview


@contextmanager
def saved(uploads: Sequence[Upload]) -> Iterator[list[Path]]:
    """The files in a folder of our own, mode 0700. Files of one name are of several exports, and lie in folders of their own."""
    met: Counter[str] = Counter()
    with TemporaryDirectory(prefix="keyspend-upload-") as folder:
        paths = []
        for upload in uploads:
            name = plain_name(upload.name)
            path = Path(folder) / str(met[name.casefold()]) / name
            met[name.casefold()] += 1
            path.parent.mkdir(mode=0o700, exist_ok=True)
            path.write_bytes(upload.content)
            os.utime(path, (_UNKNOWN_TIME, _UNKNOWN_TIME))
            paths.append(path)
        yield paths


def plain_name(name: str) -> str:
    """The last part of a name, no longer than a file's may be; its ending, which tells zips from CSVs, stays."""
    last = name.replace("\0", "_").rsplit("/", 1)[-1]
    stem, dot, ending = last.rpartition(".")
    cut = f"{stem[: LONGEST_NAME - len(ending)]}.{ending}" if dot and len(ending) < 10 else last[:LONGEST_NAME]
    return cut if cut.strip(". ") else "upload"
