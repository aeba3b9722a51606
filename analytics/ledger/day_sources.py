"""The source of each day: a pure function of the imports' claims and the closed months, independent of order and repeats of imports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class DayClaim:
    """The claim of one import on one day of one account."""

    account: str
    charge_date: date
    import_id: int
    is_proven: bool
    """Whether the vendor's data prove that the day was over: its clock, or rows of a later bucket."""
    quantity: int
    """Tokens and requests of the day, all rows together."""
    is_complete: bool
    """Whether the day was over, proven or presumed from the time at which the files were written."""
    has_cost: bool
    proven_until: datetime
    exported_at: datetime
    is_hourly: bool
    sha256: str

    @property
    def strength(self) -> tuple[bool, int, bool, bool, datetime, datetime, bool, str]:
        """The sort key of claims on the same day: the greatest is the source of the day.

        A proven day ranks above any other; of days not proven, which can only have grown, the one with the greater quantity is the
        later. Then follow presumed completeness, a bill, the newer export (by proven time, then by the time of its files) and hourly
        buckets. The hash makes the order total, so that the result is the same on every machine.
        """
        unproven_quantity = 0 if self.is_proven else self.quantity
        coverage = (self.is_proven, unproven_quantity, self.is_complete, self.has_cost)
        return (*coverage, self.proven_until, self.exported_at, self.is_hourly, self.sha256)


Day = tuple[str, date]
"""An account and a day of it."""
Frozen = Mapping[Day, Mapping[date, str]]
"""The closed months, by account and first day, with the evidence (SHA-256) that is the source of each day; other days have none."""


def day_sources(claims: Iterable[DayClaim], frozen: Frozen) -> dict[Day, DayClaim]:
    """Return the strongest claim on every (account, day); a day of a closed month keeps the source of its close, or has none as then."""
    return _strongest(claim for claim in claims if _month(claim) not in frozen or _is_frozen(claim, frozen))


def late_claims(claims: Iterable[DayClaim], frozen: Frozen) -> list[DayClaim]:
    """Return the strongest claim on each day of a closed month whose source is another: its source if the month were open."""
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
