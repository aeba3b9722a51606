"""What the data and a run show that somebody should be told of, as events; it tells nobody.

A kind is a function in CONDITIONS: all events of it that hold now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING

from analytics.analysis.anomalies.explanations import CONFIDENCES
from analytics.automation.inbox import REFUSED
from analytics.automation.notifications.event import Notification
from analytics.automation.run_state import InboxFile
from analytics.automation.schedules.due import DuePeriod
from analytics.core.errors import AnalyticsError
from analytics.core.money import EXACT, plain, readable
from analytics.core.period import Period
from analytics.reports import query
from analytics.reports.scope import EVERYTHING, Scope, evident
from analytics.settings.snapshot import NO_SETTINGS, SettingsSnapshot

if TYPE_CHECKING:
    from analytics.ledger.database.connection import Database

WATCHED_DAYS = 31
"""How far back alerts are looked for: who exports once a month is told of the whole month."""
_IN_PROGRESS = "the day was in progress when exported"
"""The reason, as the store says it, that goes away by itself."""


@dataclass(frozen=True)
class Context:
    """What conditions look at: the newest answers, the tasks of all schedules, and owners and budgets."""

    database: Database
    tasks: list[DuePeriod]
    settings: SettingsSnapshot = NO_SETTINGS


def _unreconciled(watched: Context) -> Iterator[Notification]:
    """Days that are over and whose bill and usage do not agree: one event per account, day and currency."""
    amounts: dict[tuple[str, date, str], list[tuple[str, str]]] = defaultdict(list)
    for row in query.run(watched.database, "differences", EVERYTHING).records():
        if _IN_PROGRESS in row["reason"].split("; "):
            continue
        amount = amounts[row["account"], row["charge_date"], row["currency"]]
        if row["variance"] is not None:
            amount.append((row["currency"], plain(row["variance"])))
    for (account, day, currency), amount in amounts.items():
        yield Notification("unreconciled-days", account, f"{day} {currency}", str(day), tuple(amount))


def _missing(watched: Context) -> Iterator[Notification]:
    """Days that no export tells of although one tells of a later day, and those that an overdue report lacks."""
    days = set(_holes(watched.database))
    for task in watched.tasks:
        if task.is_overdue and task.evidence:
            days |= {(account, day) for account, missing in task.evidence.missing.items() for day in missing}
    yield from (Notification("missing-days", account, str(day), str(day)) for account, day in sorted(days))


def _holes(database: Database) -> Iterator[tuple[str, date]]:
    """The days of each account that are absent or partial, and before one that is neither."""
    before: dict[str, list[date]] = defaultdict(list)
    for row in query.run(database, "coverage", EVERYTHING).records():
        if row["status"] == "absent" or row["is_complete"] is False:
            before[row["account"]].append(row["charge_date"])
        else:
            yield from ((row["account"], day) for day in before.pop(row["account"], ()))


def _budgets(watched: Context) -> Iterator[Notification]:
    """Budgets of which more was used than one of their thresholds: one event per budget, period and highest threshold."""
    if not watched.settings.budgets:
        return
    for row in query.run(watched.database, "budgets", EVERYTHING, settings=watched.settings).records():
        if row["crossed_threshold"] is None:
            continue
        share, period = f"{row['crossed_threshold'].normalize():f}", Period(row["start_date"], row["end_date"])
        amount = f"{readable(row['budget_cost'])} {row['currency']}"
        yield Notification(
            "budget-crossed",
            row["budget"],
            f"{period} {share}",
            amounts=((row["currency"], plain(row["used_cost"])),),
            reason=f"at least {share} of {amount} for {period} was used by {row['last_date']}",
        )


def _hot(watched: Context) -> Iterator[Notification]:
    """Alerts about keys that reach into the last month of evidence, and are sure enough: one event per key, kind and beginning."""
    least, span = watched.settings.notify, evident(watched.database)
    if least not in CONFIDENCES or span is None:
        return
    recent = Scope(Period(span[1] - timedelta(days=WATCHED_DAYS), None))
    for row in query.run(watched.database, "hot-keys", recent, settings=watched.settings).records():
        if CONFIDENCES.index(row["confidence"]) < CONFIDENCES.index(least):
            continue
        # A spike that goes on is a rise, and still the same event. Which key it is, a notice does not say.
        kind = "spike" if row["kind"] == "sustained_rise" else row["kind"]
        about = "\0".join((row["account"], row["api_key"], row["currency"], kind, str(row["first_date"])))
        yield Notification(
            "hot-key",
            row["account"],
            sha256(about.encode()).hexdigest()[:16],
            str(row["first_date"]),
            ((row["currency"], plain(row["impact"])),),
            row["explanation"],
        )


def _late(watched: Context) -> Iterator[Notification]:
    """What late evidence says otherwise of closed months: one event per account, day, currency and import that brought it."""
    amounts: dict[tuple[str, date, str, int], Decimal] = {}
    for row in query.run(watched.database, "late-adjustments", EVERYTHING).records():
        if row["section"] == "model":
            about = (row["account"], row["charge_date"], row["currency"], row["import_id"])
            amounts[about] = EXACT.add(amounts.get(about, Decimal(0)), row["computed_change_cost"])
    for (account, day, currency, number), amount in amounts.items():
        yield Notification("late-adjustment", account, f"{day} {currency} {number}", str(day), ((currency, plain(amount)),))


CONDITIONS: tuple[Callable[[Context], Iterable[Notification]], ...] = (_unreconciled, _missing, _budgets, _hot, _late)
"""What is looked for in the data on each run."""


def current_events(watched: Context) -> list[Notification]:
    """All events of the data that hold now."""
    return [event for condition in CONDITIONS for event in condition(watched)]


def refused(seen: Mapping[str, InboxFile]) -> list[Notification]:
    """The files of inboxes that were refused: told again only as other bytes, or for another reason."""
    files = [one for one in seen.values() if one.outcome == REFUSED]
    return [Notification("refused-file", "", f"{one.sha256} {one.code}", reason=one.reason) for one in files]


def failed(subject: str, error: AnalyticsError) -> Notification:
    """Something of a run that failed: told again once it has worked meanwhile."""
    return Notification("run-failed", subject, error.code, reason=f"{error.message} [{error.code}]")
