"""Feedback on days of a key: that they were unusual, usual or planned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

FEEDBACK_VALUES = ("yes", "no", "planned", "withdrawn")
"""The verdicts. Yes: the days were unusual. No: they were usual. Planned: they were unusual, as planned. Withdrawn: no feedback."""


class Feedback(NamedTuple):
    """A verdict on the days of a key from `first_date` to before `end_date`; for each day the last one is in effect."""

    account: str
    api_key: str
    first_date: date
    end_date: date
    verdict: str
    note: str

    def days(self) -> Iterator[date]:
        """Yield the days of the feedback, in order."""
        return map(date.fromordinal, range(self.first_date.toordinal(), self.end_date.toordinal()))

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of its act in the journal, as JSON values."""
        return {**self._asdict(), "first_date": self.first_date.isoformat(), "end_date": self.end_date.isoformat()}

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> Feedback:
        """Return the feedback of an act's `arguments` in the journal."""
        first, end = (date.fromisoformat(arguments[name]) for name in ("first_date", "end_date"))
        return cls(arguments["account"], arguments["api_key"], first, end, arguments["verdict"], arguments["note"])
