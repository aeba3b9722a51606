"""Which import owns which day: a pure function of the set of imports, so that neither their order nor repeats matter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Claim:
    """One import's evidence on one day of one account."""

    account: str
    charge_date: date
    import_id: int
    is_complete: bool
    has_cost: bool
    exported_at: datetime
    is_hourly: bool
    sha256: str

    @property
    def strength(self) -> tuple[bool, bool, datetime, bool, str]:
        """A whole day beats a part, a day with its bill one without; then the newer export, finer buckets, and the hash.

        The hash decides nothing but makes the order total, so that every machine answers alike.
        """
        return (self.is_complete, self.has_cost, self.exported_at, self.is_hourly, self.sha256)


def owners(claims: Iterable[Claim]) -> dict[tuple[str, date], Claim]:
    """The strongest claim on every (account, day)."""
    strongest: dict[tuple[str, date], Claim] = {}
    for claim in claims:
        day = (claim.account, claim.charge_date)
        if day not in strongest or claim.strength > strongest[day].strength:
            strongest[day] = claim
    return strongest
