"""What somebody says of days of a key: that they were out of the way, were not, or were planned; what follows is decided elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

FEEDBACK_VALUES = ("yes", "no", "planned", "withdrawn")
"""Yes: they were out of the way. No: they were usual. Planned: they were out of the way, as was known. Withdrawn: nothing is said."""


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
        """The feedback that `arguments` of the journal tell of."""
        first, end = (date.fromisoformat(arguments[name]) for name in ("first_date", "end_date"))
        return cls(arguments["account"], arguments["api_key"], first, end, arguments["verdict"], arguments["note"])
