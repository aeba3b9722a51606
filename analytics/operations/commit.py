"""The commit of acts: the next generation is built and sealed, the acts are appended to the journal, the generation is published.

The caller holds the lock. A full disk or a kill before the journal's line leaves everything as it was; after it nothing is lost.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from analytics.core.data_directory import DataDirectory
from analytics.core.errors import quoted
from analytics.ledger import journal
from analytics.ledger.database import generations
from analytics.ledger.database.builder import Build
from analytics.ledger.journal import Act

LONGEST_TEXT = 500
"""The characters of a note or a reason that are kept."""


def sanitize_note(text: str) -> str:
    """Return untrusted text as the journal keeps it: on one line, without API keys, at most LONGEST_TEXT characters."""
    return quoted(text.strip(), LONGEST_TEXT)[1:-1]


def user() -> str:
    """Return the name of the user of this process, or the number where the user has no name, as in some containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def commit_acts(
    directory: DataDirectory,
    newest: Path | None,
    now: datetime,
    name: str,
    argument_sets: Sequence[dict[str, Any]],
    change: Callable[[Build, Act], None],
) -> list[Act]:
    """Commit the act `name` once for each arguments in `argument_sets`, all in one step, and return the acts.

    `change` applies each act to a copy of the generation `newest`; the day sources are assigned anew after the last one. What a
    change raises is passed on, and leaves everything as it was. Raises StoreError when the disk refuses.
    """
    acts: list[Act] = []
    last = journal.last(directory.journal)
    for arguments in argument_sets:
        last = Act.after(last, now, name, arguments)
        acts.append(last)
    with generations.workbench(directory, newest) as path:
        with Build(path, directory.staging) as build:
            with build.change():
                for act in acts:
                    change(build, act)
                build.assign_days()
            build.finish(acts[-1].seq, acts[-1].hash)
        generations.seal(directory, path, acts[-1].seq, acts[-1].hash)
        record(directory, acts)
    return acts


def record(directory: DataDirectory, acts: Sequence[Act]) -> None:
    """Append the acts of the sealed generation to the journal, which commits them, and publish it. Raises StoreError."""
    journal.append(directory.journal, acts)
    # The acts are committed, so no failure may be reported from here on. The next opener of the ledger publishes what is left.
    with suppress(OSError):
        generations.publish(directory)
