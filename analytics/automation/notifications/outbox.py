"""The outbox of notifications: raised events and the targets that still wait for them, on the disk before anything is sent.

An event is raised once while it lasts. A delivery is recorded after it was sent, so that a kill in between sends it once more and
loses nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from analytics.automation.notifications.event import Notification
from analytics.core.errors import StoreError
from analytics.core.files import replace

FORMAT = "known-1"
"""The key of the raised events in the file, which also identifies its format."""
UNKNOWN = "unknown"
"""A placeholder for the targets while their addresses cannot be read."""
LASTING = frozenset({"unreconciled-days", "missing-days", "refused-file", "run-failed"})
"""Kinds of events that can end and recur: a reconciled day that becomes unreconciled again is raised again."""


@dataclass
class Pending:
    """An event, the time at which it was raised (ISO 8601, UTC), and the numbers of the targets that wait for it."""

    event: Notification
    raised_at: str
    targets: list[str]


class Outbox:
    """The raised events in a file (`known`: kind by number), and their pending deliveries.

    Every method that reads or writes the file raises StoreError where it is damaged, or on errors of the disk.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.known: dict[str, str] = {}
        self.pending: list[Pending] = []
        try:
            stored = json.loads(path.read_bytes())
            self.known = dict(stored[FORMAT])
            self.pending = [Pending(_event(one["event"]), one["raised_at"], list(one["targets"])) for one in stored["pending"]]
        except FileNotFoundError:
            return
        except (ValueError, KeyError, TypeError):
            message = f"{path.name} is not what was written"
            raise StoreError("notices-damaged", message, f"delete {path}: what still holds is then told once more") from None

    def _save(self) -> None:
        stored = {FORMAT: self.known, "pending": [asdict(one) for one in self.pending]}
        replace(self._path, (json.dumps(stored, indent=1, sort_keys=True) + "\n").encode())

    def add(
        self,
        events: Iterable[Notification],
        targets: Sequence[str],
        now: datetime,
        log: Callable[[list[Notification]], None],
        checked_kinds: Collection[str],
    ) -> list[Notification]:
        """Add the new ones among `events`, write them to the log and return them; ended events of `checked_kinds` are removed.

        `events` has all current events of the kinds in `checked_kinds`. The log is written first: after a kill in between it may have
        an event twice, and no target does.
        """
        current = {event.number: event for event in events}
        new_events = [event for number, event in current.items() if number not in self.known]
        ended = [number for number, kind in self.known.items() if kind in LASTING and kind in checked_kinds and number not in current]
        if new_events:
            log(new_events)
        if new_events or ended:
            self.known = {number: kind for number, kind in self.known.items() if number not in ended}
            self.known |= {event.number: event.kind for event in new_events}
            self.pending += [Pending(event, f"{now.isoformat()}Z", list(targets)) for event in new_events if targets]
            self._save()
        return new_events

    def waiting(self, target: str) -> list[Notification]:
        """The events that wait for delivery to a target."""
        return [one.event for one in self.pending if target in one.targets]

    def settle_targets(self, targets: Sequence[str]) -> None:
        """Drop deliveries to targets that are no longer configured; those to `UNKNOWN` become deliveries to all of `targets`."""
        for one in self.pending:
            if UNKNOWN in one.targets:
                one.targets = list(targets)
        self._keep(lambda target, _: target in targets)

    def delivered(self, target: str, events: Iterable[Notification]) -> None:
        """Record that these events were delivered to a target."""
        numbers = {event.number for event in events}
        self._keep(lambda other, event: other != target or event.number not in numbers)

    def _keep(self, waits: Callable[[str, Notification], bool]) -> None:
        before = [list(one.targets) for one in self.pending]
        for one in self.pending:
            one.targets = [target for target in one.targets if waits(target, one.event)]
        if before != [one.targets for one in self.pending]:
            self.pending = [one for one in self.pending if one.targets]
            self._save()


def _event(stored: dict[str, Any]) -> Notification:
    return Notification(**{**stored, "amounts": tuple((currency, amount) for currency, amount in stored["amounts"])})
