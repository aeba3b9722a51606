"""How an act becomes part of the ledger: built aside and sealed, then written into the journal, then published.

The caller is the writer. A full disk or a kill before the journal's line leaves everything as it was, after it nothing is lost.
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
"""How much of a note or a reason is kept, in characters."""


def sanitize_note(text: str) -> str:
    """Anybody's words as the journal keeps them: on one line, without secrets, not endless."""
    return quoted(text.strip(), LONGEST_TEXT)[1:-1]


def user() -> str:
    """Who does it, as far as the system knows: in a container a user may have no name."""
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
    """Do the act `name` once for each arguments in `argument_sets`, all together, on a copy of the newest generation; return the acts.

    The sources of days are chosen anew after the last `change`. An error of a change leaves everything as it was.
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
    """Do the acts that the sealed generation contains: with their lines they are done."""
    journal.append(directory.journal, acts)
    # Nothing may be reported as failed from here on. What the disk refuses now is done by whoever opens the ledger next.
    with suppress(OSError):
        generations.publish(directory)
