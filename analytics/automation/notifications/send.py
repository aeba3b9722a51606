"""From events to messages: the log first, then every target what it was not told yet; a target that fails waits for the next run."""

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
    looked_for: Collection[str],
) -> tuple[list[Notification], list[AnalyticsError]]:
    """Tell what is news, and what was not delivered before; return the news, and what went wrong on the way.

    Events of the kinds in `looked_for` that are not among `events` have ended.
    """
    outbox = Outbox(outbox_path)
    troubles: list[AnalyticsError] = []
    try:
        targets = apprise_delivery.targets(urls)
    except AnalyticsError as error:
        # Whoever cannot be told yet is told once the address is right.
        troubles.append(error)
        targets = []
    waiting = [target.number for target in targets] or ([UNKNOWN] if urls else [])
    news = outbox.take_in(events, waiting, now, lambda found: log.write(log_path, now, lines(found, detail)), looked_for)
    if targets:
        outbox.settle_targets([target.number for target in targets])
    troubles += [error for target in targets for error in _sent(outbox, target, detail)]
    return news, troubles


def _sent(outbox: Outbox, target: apprise_delivery.Target, detail: Detail) -> list[AnalyticsError]:
    waiting = outbox.waiting(target.number)
    if not waiting:
        return []
    try:
        target.send(subject(waiting), "\n".join(lines(waiting, detail)))
    except AnalyticsError as error:
        return [error]
    outbox.delivered(target.number, waiting)
    return []
