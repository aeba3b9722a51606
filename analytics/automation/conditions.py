"""The conditions of notifications: events of the data and of a run that currently hold.

Each kind of event of the data is a function in CONDITIONS that returns all of its events that hold now.
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
"""How far back alerts raise notifications: a whole month, so that a monthly export misses none."""
_IN_PROGRESS = "the day was in progress when exported"
"""The reason of a difference, as the ledger words it, that a later export resolves."""


@dataclass(frozen=True)
class Context:
    """The inputs of conditions: the database of the latest generation, the due periods of all schedules, and the settings snapshot."""

    database: Database
    tasks: list[DuePeriod]
    settings: SettingsSnapshot = NO_SETTINGS


def _unreconciled(context: Context) -> Iterator[Notification]:
    """Unreconciled days that have ended: one event per account, day and currency, with the variances as amounts."""
    amounts: dict[tuple[str, date, str], list[tuple[str, str]]] = defaultdict(list)
    for row in query.run(context.database, "differences", EVERYTHING).records():
        if _IN_PROGRESS in row["reason"].split("; "):
            continue
        amount = amounts[row["account"], row["charge_date"], row["currency"]]
        if row["variance"] is not None:
            amount.append((row["currency"], plain(row["variance"])))
    for (account, day, currency), amount in amounts.items():
        yield Notification("unreconciled-days", account, f"{day} {currency}", str(day), tuple(amount))


def _missing(context: Context) -> Iterator[Notification]:
    """Missing days before a day with data, and those that an overdue report lacks: one event per account and day."""
    days = set(_gap_days(context.database))
    for task in context.tasks:
        if task.is_overdue and task.evidence:
            days |= {(account, day) for account, missing in task.evidence.missing.items() for day in missing}
    yield from (Notification("missing-days", account, str(day), str(day)) for account, day in sorted(days))


def _gap_days(database: Database) -> Iterator[tuple[str, date]]:
    """The absent or partial days of each account that precede a complete day."""
    before: dict[str, list[date]] = defaultdict(list)
    for row in query.run(database, "coverage", EVERYTHING).records():
        if row["status"] == "absent" or row["is_complete"] is False:
            before[row["account"]].append(row["charge_date"])
        else:
            yield from ((row["account"], day) for day in before.pop(row["account"], ()))


def _budgets(context: Context) -> Iterator[Notification]:
    """Budgets that crossed a threshold: one event per budget, period and highest threshold crossed."""
    if not context.settings.budgets:
        return
    for row in query.run(context.database, "budgets", EVERYTHING, settings=context.settings).records():
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


def _hot(context: Context) -> Iterator[Notification]:
    """Alerts about keys in the last month of evidence, at least of the configured confidence: one event per key, kind and first day."""
    least, span = context.settings.notify, evident(context.database)
    if least not in CONFIDENCES or span is None:
        return
    recent = Scope(Period(span[1] - timedelta(days=WATCHED_DAYS), None))
    for row in query.run(context.database, "hot-keys", recent, settings=context.settings).records():
        if CONFIDENCES.index(row["confidence"]) < CONFIDENCES.index(least):
            continue
        # A spike that continues becomes a sustained rise and stays the same event. A notification never names the key.
        kind = "spike" if row["kind"] == "sustained_rise" else row["kind"]
        identity = "\0".join((row["account"], row["api_key"], row["currency"], kind, str(row["first_date"])))
        yield Notification(
            "hot-key",
            row["account"],
            sha256(identity.encode()).hexdigest()[:16],
            str(row["first_date"]),
            ((row["currency"], plain(row["impact"])),),
            row["explanation"],
        )


def _late(context: Context) -> Iterator[Notification]:
    """Late adjustments to closed months: one event per account, day, currency and import, with the change of the computed cost."""
    amounts: dict[tuple[str, date, str, int], Decimal] = {}
    for row in query.run(context.database, "late-adjustments", EVERYTHING).records():
        if row["section"] == "model":
            event_key = (row["account"], row["charge_date"], row["currency"], row["import_id"])
            amounts[event_key] = EXACT.add(amounts.get(event_key, Decimal(0)), row["computed_change_cost"])
    for (account, day, currency, number), amount in amounts.items():
        yield Notification("late-adjustment", account, f"{day} {currency} {number}", str(day), ((currency, plain(amount)),))


CONDITIONS: tuple[Callable[[Context], Iterable[Notification]], ...] = (_unreconciled, _missing, _budgets, _hot, _late)
"""The conditions that each run checks in the data."""


def current_events(context: Context) -> list[Notification]:
    """All events of the data that currently hold."""
    return [event for condition in CONDITIONS for event in condition(context)]


def refused(seen: Mapping[str, InboxFile]) -> list[Notification]:
    """The refused files of inboxes: one event per content and error code, so that neither is notified twice."""
    files = [one for one in seen.values() if one.outcome == REFUSED]
    return [Notification("refused-file", "", f"{one.sha256} {one.code}", reason=one.reason) for one in files]


def failed(subject: str, error: AnalyticsError) -> Notification:
    """A failure of a run: notified again only after it has worked in between."""
    return Notification("run-failed", subject, error.code, reason=f"{error.message} [{error.code}]")
