"""Events that raise notifications and their text, in the configured detail: never a key, a user id or a row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256

from analytics.core.money import EXACT, readable
from analytics.core.period import days_text


class Detail(StrEnum):
    """The detail of a notification: counts; also accounts or schedules and amounts; also days, files and reasons."""

    NONE = "none"
    TOTALS = "totals"
    DAYS = "days"


KINDS = {
    "refused-file": "files of an inbox that were refused",
    "unreconciled-days": "days that do not reconcile",
    "missing-days": "days that are missing",
    "late-adjustment": "late adjustments to closed months",
    "hot-key": "keys that need attention",
    "budget-crossed": "budgets that crossed a threshold",
    "run-failed": "things that failed",
}
"""The kinds of events by their stable name, with the text for a notification."""


@dataclass(frozen=True)
class Notification:
    """An event, identified by `kind`, `subject` (an account label or a schedule) and `identity`.

    `amounts` are pairs of currency and plain decimal; `reason` is a sentence that names no key.
    """

    kind: str
    subject: str
    identity: str
    day: str | None = None
    amounts: tuple[tuple[str, str], ...] = ()
    reason: str = ""

    @property
    def number(self) -> str:
        """The identity of the event: 16 hexadecimal digits of the SHA-256 of kind, subject and identity."""
        return sha256(repr((self.kind, self.subject, self.identity)).encode()).hexdigest()[:16]


def subject(events: Iterable[Notification]) -> str:
    """The subject line of a message about these events, which names their kinds alone."""
    kinds = dict.fromkeys(event.kind for event in events)
    return f"Keyspend: {', '.join(KINDS[kind] for kind in kinds)}"


def lines(events: Iterable[Notification], detail: Detail) -> list[str]:
    """The lines of a message about these events: one per kind and, with more detail, per subject; sums are per currency."""
    groups: dict[tuple[str, str], list[Notification]] = defaultdict(list)
    for event in events:
        groups[event.kind, "" if detail is Detail.NONE else event.subject].append(event)
    return [line for (kind, about), group in groups.items() for line in _lines_of(kind, about, group, detail)]


def _lines_of(kind: str, about: str, group: list[Notification], detail: Detail) -> Iterator[str]:
    parts = [f"{KINDS[kind]}: {len(group)}"]
    if about:
        parts.append(about)
    if detail is not Detail.NONE and (amounts := _amounts(group)):
        parts.append(amounts)
    if detail is Detail.DAYS and (days := [date.fromisoformat(event.day) for event in group if event.day]):
        parts.append(days_text(days))
    yield "; ".join(parts)
    if detail is Detail.DAYS:
        yield from (f"  {reason}" for reason in dict.fromkeys(event.reason for event in group) if reason)


def _amounts(group: list[Notification]) -> str:
    sums: dict[str, Decimal] = {}
    for currency, amount in (pair for event in group for pair in event.amounts):
        sums[currency] = EXACT.add(sums.get(currency, Decimal(0)), Decimal(amount))
    return ", ".join(f"{readable(amount)} {currency}" for currency, amount in sorted(sums.items()))
