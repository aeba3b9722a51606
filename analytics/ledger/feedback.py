"""Feedback on days of a key: unusual, usual, or planned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

FEEDBACK_VALUES = ("yes", "no", "planned", "withdrawn")
"""Yes: the days were unusual. No: they were usual. Planned: they were unusual, and expected. Withdrawn: no feedback any more."""


class Feedback(NamedTuple):
    """A verdict on the days of a key from the first to before the end; for each day the last one holds."""

    account: str
    api_key: str
    first_date: date
    end_date: date
    verdict: str
    note: str

    def days(self) -> Iterator[date]:
        """The days that it is about."""
        return map(date.fromordinal, range(self.first_date.toordinal(), self.end_date.toordinal()))

    def arguments(self) -> dict[str, Any]:
        """What the journal keeps of it."""
        return {**self._asdict(), "first_date": self.first_date.isoformat(), "end_date": self.end_date.isoformat()}

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> Feedback:
        """The feedback in the `arguments` of an act of the journal."""
        first, end = (date.fromisoformat(arguments[name]) for name in ("first_date", "end_date"))
        return cls(arguments["account"], arguments["api_key"], first, end, arguments["verdict"], arguments["note"])
