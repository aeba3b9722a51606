"""The records that ingest reads from the files of every vendor: lines of priced usage, charges of a bill, batches of quantities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pyarrow

CACHE_HITS, CACHE_MISSES, OUTPUT = TOKEN_METERS = ("input_cache_hit_tokens", "input_cache_miss_tokens", "output_tokens")
"""The meters that have a price, in the order in which reports show them."""
REQUESTS = "request_count"
"""The meter that has no price."""
METERS = (*TOKEN_METERS, REQUESTS)
CURRENCIES = ("CNY", "USD")

VENDOR_CLOCK = "member time"
"""The basis of an export's time that comes from the vendor's clock, not from a tool that wrote the files later."""


@dataclass(frozen=True)
class Bucket:
    """A day or an hour of charges: the day as written, its start and end in naive UTC (end exclusive) and its UTC offset."""

    layout: str
    charge_date: date
    charge_start: datetime
    charge_end: datetime
    utc_offset: str

    @property
    def day(self) -> tuple[datetime, datetime]:
        """The start and end of the whole day that contains it, in naive UTC, end exclusive."""
        sign = -1 if self.utc_offset.startswith("-") else 1
        offset = sign * timedelta(hours=int(self.utc_offset[1:3]), minutes=int(self.utc_offset[4:6]))
        start = datetime.combine(self.charge_date, datetime.min.time()) - offset
        return start, start + timedelta(days=1)


@dataclass(frozen=True)
class UsageLine:
    """One meter of one model at one price in one bucket; `unit_price` is per token or None for requests, which have no price."""

    account: str
    bucket: Bucket
    model: str
    meter: str
    unit_price: Decimal | None


@dataclass(frozen=True)
class Charge:
    """A row of the cost file: the amount billed to one wallet, `billed_cost` in `currency`."""

    account: str
    bucket: Bucket
    model: str
    wallet_type: str
    currency: str
    billed_cost: Decimal


class Batch(NamedTuple):
    """A batch of usage rows, as lists or as int64 arrays: the number of each row's line and of its credential, and its quantity."""

    lines: Sequence[int] | pyarrow.Array
    credentials: Sequence[int] | pyarrow.Array
    quantities: Sequence[int] | pyarrow.Array
