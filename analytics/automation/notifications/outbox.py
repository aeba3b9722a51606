"""Events that were raised and the targets that still wait for them, on the disk before anything is sent; it sends nothing itself.

An event that was told is not told again. What was sent is taken off after the sending, so that a kill in between sends it once
more and loses nothing.
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
"""The name under which the file keeps what was told: a file of another form has none."""
UNKNOWN = "unknown"
"""Stands for the targets while their addresses cannot be read."""
LASTING = frozenset({"unreconciled-days", "missing-days", "refused-file", "run-failed"})
"""Kinds that end, and begin anew: a day that is reconciled, and one day is not any more, is news again."""


@dataclass
class Pending:
    """An event, when it was raised, and the targets that wait for it."""

    event: Notification
    raised_at: str
    targets: list[str]


class Outbox:
    """The events in a file. Raises StoreError where it is damaged, or the disk refuses."""

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

    def take_in(
        self,
        events: Iterable[Notification],
        targets: Sequence[str],
        now: datetime,
        log: Callable[[list[Notification]], None],
        looked_for: Collection[str],
    ) -> list[Notification]:
        """Take in what is news among `events`, and return it; those of the kinds in `looked_for` are all that hold now.

        The log comes first: killed in between, it says twice what is told once.
        """
        holding = {event.number: event for event in events}
        news = [event for number, event in holding.items() if number not in self.known]
        ended = [number for number, kind in self.known.items() if kind in LASTING and kind in looked_for and number not in holding]
        if news:
            log(news)
        if news or ended:
            self.known = {number: kind for number, kind in self.known.items() if number not in ended}
            self.known |= {event.number: event.kind for event in news}
            self.pending += [Pending(event, f"{now.isoformat()}Z", list(targets)) for event in news if targets]
            self._save()
        return news

    def waiting(self, target: str) -> list[Notification]:
        """What a target was not told yet."""
        return [one.event for one in self.pending if target in one.targets]

    def settle_targets(self, targets: Sequence[str]) -> None:
        """Wait no longer for targets that are not configured any more; what waits for an unknown one waits for all of these."""
        for one in self.pending:
            if UNKNOWN in one.targets:
                one.targets = list(targets)
        self._keep(lambda target, _: target in targets)

    def delivered(self, target: str, events: Iterable[Notification]) -> None:
        """A target was told these events."""
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
