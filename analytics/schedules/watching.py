"""What the data and a run show that somebody should be told of, as events; it tells nobody.

A kind is a function in CONDITIONS: all events of it that hold now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from analytics import metrics
from analytics.errors import AnalyticsError
from analytics.money import plain
from analytics.notices.notice import Event
from analytics.schedules.due import Task
from analytics.schedules.inbox import REFUSED
from analytics.schedules.memory import Seen
from analytics.scope import EVERYTHING

if TYPE_CHECKING:
    from analytics.store.database import Database


@dataclass(frozen=True)
class Watched:
    """What conditions look at: the newest answers and the tasks of all schedules."""

    database: Database
    tasks: list[Task]


def _unreconciled(watched: Watched) -> Iterator[Event]:
    """Days that are over and whose bill and usage do not agree: one event per account, day and currency."""
    amounts: dict[tuple[str, date, str], list[str]] = {}
    for row in metrics.answer(watched.database, "differences", EVERYTHING).records():
        if "in progress" not in (row["reason"] or ""):
            amounts.setdefault((row["account"], row["charge_date"], row["currency"]), []).extend(
                [plain(row["variance"])] if row["variance"] is not None else []
            )
    for (account, day, currency), variances in amounts.items():
        told = tuple((currency, variance) for variance in variances)
        yield Event("unreconciled-days", account, f"{day} {currency}", str(day), told)


def _missing(watched: Watched) -> Iterator[Event]:
    """Days that no export tells of although one tells of a later day, and those that an overdue report lacks."""
    days: set[tuple[str, date]] = set()
    newest: dict[str, date] = {}
    doubtful = []
    for row in metrics.answer(watched.database, "coverage", EVERYTHING).records():
        if row["status"] == "absent" or row["is_complete"] is False:
            doubtful.append((row["account"], row["charge_date"]))
        else:
            newest[row["account"]] = row["charge_date"]
    days.update((account, day) for account, day in doubtful if account in newest and day < newest[account])
    for task in watched.tasks:
        if task.is_overdue and task.evidence:
            days.update((account, day) for account, missing in task.evidence.missing.items() for day in missing)
    yield from (Event("missing-days", account, str(day), str(day)) for account, day in sorted(days))


CONDITIONS: tuple[Callable[[Watched], Iterable[Event]], ...] = (_unreconciled, _missing)
"""What is looked for in the data on each run."""


def holding(watched: Watched) -> list[Event]:
    """All events of the data that hold now."""
    return [event for condition in CONDITIONS for event in condition(watched)]


def refused(seen: Mapping[str, Seen]) -> list[Event]:
    """The files of inboxes that were refused: told again only as other bytes, or for another reason."""
    files = [one for one in seen.values() if one.outcome == REFUSED]
    return [Event("refused-file", "", f"{one.sha256} {one.code}", reason=one.reason) for one in files]


def failed(subject: str, error: AnalyticsError) -> Event:
    """Something of a run that failed: told again once it has worked meanwhile."""
    return Event("run-failed", subject, error.code, reason=f"{error.message} [{error.code}]")
