"""The source of each day, the import that supplies its numbers: a pure function of the imports and of the closed months."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class DayClaim:
    """One import's evidence on one day of one account."""

    account: str
    charge_date: date
    import_id: int
    is_proven: bool
    """Whether the vendor's own words show that the day was over: its clock, or rows of a later bucket."""
    quantity: int
    """Tokens and requests of the day, all rows together."""
    is_complete: bool
    """Whether the day was over, be it proven or only presumed from the time at which somebody wrote the files."""
    has_cost: bool
    proven_until: datetime
    exported_at: datetime
    is_hourly: bool
    sha256: str

    @property
    def strength(self) -> tuple[bool, int, bool, bool, datetime, datetime, bool, str]:
        """A day proven to be over beats one that is not; of days not proven, which can only have grown, the fuller is the later.

        Then a presumption beats none, a day with its bill one without, the newer export (as far as it is proven, then as far as
        files tell) and finer buckets. The hash decides nothing but makes the order total, so that every machine answers alike.
        """
        fullness = 0 if self.is_proven else self.quantity
        known = (self.is_proven, fullness, self.is_complete, self.has_cost)
        return (*known, self.proven_until, self.exported_at, self.is_hourly, self.sha256)


Day = tuple[str, date]
"""An account and a day of it."""
Frozen = Mapping[Day, Mapping[date, str]]
"""The closed months, by account and first day, each with the sources of its days; its other days have none."""


def day_sources(claims: Iterable[DayClaim], frozen: Frozen) -> dict[Day, DayClaim]:
    """The strongest claim on every (account, day); a day of a closed month keeps the owner, or the lack of one, that it was closed with."""
    return _strongest(claim for claim in claims if _month(claim) not in frozen or _is_frozen(claim, frozen))


def late(claims: Iterable[DayClaim], frozen: Frozen) -> list[DayClaim]:
    """The strongest claim on each day of a closed month that has another source: the source if the month were open."""
    strongest = _strongest(claim for claim in claims if _month(claim) in frozen)
    return [claim for claim in strongest.values() if not _is_frozen(claim, frozen)]


def _month(claim: DayClaim) -> Day:
    return claim.account, claim.charge_date.replace(day=1)


def _is_frozen(claim: DayClaim, frozen: Frozen) -> bool:
    return frozen[_month(claim)].get(claim.charge_date) == claim.sha256


def _strongest(claims: Iterable[DayClaim]) -> dict[Day, DayClaim]:
    strongest: dict[Day, DayClaim] = {}
    for claim in claims:
        day = (claim.account, claim.charge_date)
        if day not in strongest or claim.strength > strongest[day].strength:
            strongest[day] = claim
    return strongest
