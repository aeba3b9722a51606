"""The sending of notifications: new events to the log, then pending events to every target; failed ones are sent by the next run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from pathlib import Path

from analytics.automation.notifications import apprise_delivery, log
from analytics.automation.notifications.event import Detail, Notification, lines, subject
from analytics.automation.notifications.outbox import UNKNOWN, Outbox
from analytics.core.errors import AnalyticsError


def send(
    outbox_path: Path,
    log_path: Path,
    events: Iterable[Notification],
    *,
    urls: Sequence[str],
    detail: Detail,
    now: datetime,
    checked_kinds: Collection[str],
) -> tuple[list[Notification], list[AnalyticsError]]:
    """Send new and pending events; return the new events, and the errors of addresses and deliveries.

    Events of the kinds in `checked_kinds` that are not among `events` have ended. Raises StoreError where the outbox is damaged, or
    on errors of the disk.
    """
    outbox = Outbox(outbox_path)
    errors: list[AnalyticsError] = []
    try:
        targets = apprise_delivery.targets(urls)
    except AnalyticsError as error:
        # Events wait for targets whose addresses cannot be read yet.
        errors.append(error)
        targets = []
    waiting = [target.number for target in targets] or ([UNKNOWN] if urls else [])
    new_events = outbox.add(events, waiting, now, lambda unlogged: log.write(log_path, now, lines(unlogged, detail)), checked_kinds)
    if targets:
        outbox.settle_targets([target.number for target in targets])
    errors += [error for target in targets for error in _sent(outbox, target, detail)]
    return new_events, errors


def _sent(outbox: Outbox, target: apprise_delivery.Target, detail: Detail) -> list[AnalyticsError]:
    pending = outbox.waiting(target.number)
    if not pending:
        return []
    try:
        target.send(subject(pending), "\n".join(lines(pending, detail)))
    except AnalyticsError as error:
        return [error]
    outbox.delivered(target.number, pending)
    return []
