"""Usage as every vendor's files come out of ingest: lines of priced usage, charges of a bill, and batches of quantities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pyarrow

CACHE_HITS, CACHE_MISSES, OUTPUT = TOKEN_METERS = ("input_cache_hit_tokens", "input_cache_miss_tokens", "output_tokens")
"""The meters that have a price, in the order in which people read them."""
REQUESTS = "request_count"
"""The meter that has no price."""
METERS = (*TOKEN_METERS, REQUESTS)
CURRENCIES = ("CNY", "USD")

VENDOR_CLOCK = "member time"
"""The source of the time of an export that the vendor's own clock gives, not the clock of whoever wrote the files last."""


@dataclass(frozen=True)
class Bucket:
    """A day or an hour as charged: the day as written, its instants in naive UTC (end exclusive) and its offset."""

    layout: str
    charge_date: date
    charge_start: datetime
    charge_end: datetime
    utc_offset: str

    @property
    def day(self) -> tuple[datetime, datetime]:
        """The whole day that it lies in, in naive UTC, end exclusive."""
        sign = -1 if self.utc_offset.startswith("-") else 1
        offset = sign * timedelta(hours=int(self.utc_offset[1:3]), minutes=int(self.utc_offset[4:6]))
        start = datetime.combine(self.charge_date, datetime.min.time()) - offset
        return start, start + timedelta(days=1)


@dataclass(frozen=True)
class UsageLine:
    """What a unit of one meter of one model cost in one bucket; `unit_price` is None for requests, which have no price."""

    account: str
    bucket: Bucket
    model: str
    meter: str
    unit_price: Decimal | None


@dataclass(frozen=True)
class Charge:
    """A row of the cost file: what was billed to one wallet; `billed_cost` is in `currency`."""

    account: str
    bucket: Bucket
    model: str
    wallet_type: str
    currency: str
    billed_cost: Decimal


class Batch(NamedTuple):
    """Some rows, all as lists or all as int64 arrays: for each the numbers of its line and its credential, and its quantity."""

    lines: Sequence[int] | pyarrow.Array
    credentials: Sequence[int] | pyarrow.Array
    quantities: Sequence[int] | pyarrow.Array
