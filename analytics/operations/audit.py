"""The audit: the acts of the journal with their users and instants, after a check of its hash chain; `verify` checks the evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from analytics.core.files import disk_errors
from analytics.core.frame import Column, Frame
from analytics.core.messages import Message, literal, message
from analytics.ledger import journal
from analytics.ledger.database import generations
from analytics.ledger.feedback import Feedback
from analytics.operations import messages
from analytics.operations.replay import check_journal

if TYPE_CHECKING:
    from analytics.core.data_directory import DataDirectory
    from analytics.ledger.journal import Act

COLUMNS = (
    Column("act_id", "INTEGER"),
    Column("acted_at", "TIMESTAMP"),
    Column("acted_by", "VARCHAR"),
    Column("act", "VARCHAR"),
    Column("details", "VARCHAR"),
    Column("act_hash", "VARCHAR"),
)
HASH_DIGITS = 12
"""The digits of an act's hash that are shown: enough to compare by eye."""


@dataclass(frozen=True)
class Entry:
    """One act: its number, instant (naive UTC), user, name and details, and the first digits of the hash of the chain up to it."""

    act_id: int
    acted_at: datetime
    acted_by: str
    act: str
    details: Message
    act_hash: str


def entries(directory: DataDirectory) -> list[Entry]:
    """Return the acts of the journal, in order.

    Raises EvidenceError, which names the line, where the chain is broken, and where it ends before the last act of the database.
    """
    with disk_errors():
        # In this order: an act that is recorded in between is in the journal before it is in a generation.
        database_head = generations.head(directory)
        acts = journal.read(directory.journal)
        check_journal(directory, acts, database_head)
    names = {act.seq: act.arguments["source_name"] for act in acts if act.act == "import"}
    return [_entry(act, names) for act in acts]


def audit(directory: DataDirectory) -> Frame:
    """Return the acts of the journal as a frame, in English. Raises as `entries` does."""
    return frame(entries(directory), str)


def frame(entries: Sequence[Entry], render: Callable[[Message], str]) -> Frame:
    """Return acts as a frame, one row each, their details by `render`."""
    return Frame(
        "audit", COLUMNS, [(one.act_id, one.acted_at, one.acted_by, one.act, render(one.details), one.act_hash) for one in entries]
    )


def _entry(act: Act, names: Mapping[int, str]) -> Entry:
    parts = tuple(_DETAILS[act.act](act.arguments, names)) if act.act in _DETAILS else (literal("–"),)
    return Entry(act.seq, act.time, act.arguments["user"], act.act, Message("{parts}", {"parts": parts}), act.hash[:HASH_DIGITS])


def _import(arguments: Mapping[str, Any], _names: Mapping[int, str]) -> Iterator[Message]:
    first, last, count = arguments["days"]
    if arguments["account"] is None:
        yield message("{name}, an empty export", name=arguments["source_name"])
        return
    days = [day and day[:10] for day in (first, last)]
    yield message(
        "{name} of {account}, {first} to {last}, days: {count}",
        name=arguments["source_name"],
        account=arguments["account"],
        first=days[0],
        last=days[1],
        count=count,
    )


def _undo(arguments: Mapping[str, Any], names: Mapping[int, str]) -> Iterator[Message]:
    number = arguments["import_id"]
    yield message("import {import_id} ({name})", import_id=str(number), name=names.get(number, "?"))


def _close(arguments: Mapping[str, Any], _names: Mapping[int, str]) -> Iterator[Message]:
    yield message("{month} of {account}", month=arguments["month"], account=arguments["account"])
    if arguments["note"]:
        yield literal(arguments["note"])
    if forced := arguments["forced"]:
        failed = "; ".join(f"{check['wrong']}: {check['days']}" for check in forced["failed"])
        yield message("forced: {reason}", reason=forced["reason"])
        if failed:
            yield literal(failed)


def _reopen(arguments: Mapping[str, Any], _names: Mapping[int, str]) -> Iterator[Message]:
    yield message("{month} of {account}", month=arguments["month"], account=arguments["account"])
    yield literal(arguments["reason"])


def _feedback(arguments: Mapping[str, Any], _names: Mapping[int, str]) -> Iterator[Message]:
    feedback = Feedback.of(arguments)
    yield messages.feedback(feedback)
    if feedback.note:
        yield literal(feedback.note)


_DETAILS: dict[str, Callable[[Mapping[str, Any], Mapping[int, str]], Iterator[Message]]] = {
    "import": _import,
    "undo": _undo,
    "close": _close,
    "reopen": _reopen,
    "feedback": _feedback,
}
