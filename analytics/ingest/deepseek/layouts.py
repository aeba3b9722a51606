"""The vendor's layouts as data: headers, day cells and the pattern of every cell.

A       user_id,utc_date,…                     2026-05-01                       a UTC day
B       user_id,utc_date,…                     20260727                         a UTC day
C       user_id,start_time_iso,end_time_iso,…  2026-08-28T00:00:00+08:00 …      a day at a fixed offset
C-hour  the same header                        2026-09-22T09:00:00+08:00 …      an hour at a fixed offset
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Role = Literal["amount", "cost"]

UTC_DAY = ("utc_date",)
START_END = ("start_time_iso", "end_time_iso")
_AMOUNT = ("model", "api_key_name", "api_key", "type", "price", "amount")
_COST = ("model", "wallet_type", "cost", "currency")

QUANTITY = r"[0-9]{1,15}"
"""The pattern of an `amount` cell. Arrow checks large blocks by it, so it must mean the same in RE2 and in `re`."""
PRICE = r"[0-9]{1,4}(\.[0-9]{1,18})?"
COST = r"-?[0-9]{1,12}(\.[0-9]{1,18})?"
MASKED_KEY = r"sk-[0-9A-Za-z]{0,8}\*{8,48}[0-9A-Za-z]{0,8}"
SECRET = r"sk-[0-9A-Za-z]{20,}"  # noqa: S105 - the pattern of one


@dataclass(frozen=True)
class Layout:
    """A notation of the vendor for a bucket of time: its header cells, the pattern of its cells and its length in hours."""

    name: str
    bucket_columns: tuple[str, ...]
    bucket_pattern: str
    hours: int
    may_negate_costs: bool = False

    @property
    def headers(self) -> dict[Role, tuple[str, ...]]:
        """The exact header of the amount file and of the cost file."""
        return {
            "amount": ("user_id", *self.bucket_columns, *_AMOUNT),
            "cost": ("user_id", *self.bucket_columns, *_COST),
        }


# Of this century: any other date is damaged, and would extend the day grid of every report to it.
_ISO = r"20\d{2}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:[0-5]\d)"
LAYOUTS = (
    Layout("A", UTC_DAY, r"20\d{2}-\d{2}-\d{2}", 24, may_negate_costs=True),
    Layout("B", UTC_DAY, r"20\d{6}", 24, may_negate_costs=True),
    Layout("C", START_END, _ISO, 24),
    Layout("C-hour", START_END, _ISO, 1),
)


def may_negate_costs(name: str) -> bool:
    """Whether exports of the layout `name` were seen with every cost as a negative amount; else a negative cost is a refund."""
    return any(layout.may_negate_costs for layout in LAYOUTS if layout.name == name)


FILES: dict[tuple[str, ...], tuple[Role, tuple[Layout, ...]]] = {
    header: (role, tuple(other for other in LAYOUTS if other.headers[role] == header))
    for layout in LAYOUTS
    for role, header in layout.headers.items()
}
"""The role of a file and the layouts that share its header, by the exact header."""


def alike(columns: tuple[str, ...]) -> tuple[Layout, ...]:
    """Return the layouts that share a header; the date cells of a row determine which one it has."""
    return FILES[columns][1]


def role(columns: tuple[str, ...]) -> Role:
    """Return whether a file with this header is the amount or the cost file."""
    return FILES[columns][0]


@lru_cache(maxsize=4096)
def matches(pattern: str, text: str) -> bool:
    """Return whether all of `text` matches `pattern`, with ASCII digits only. Cached, because the cells of an export repeat."""
    return re.fullmatch(pattern, text, re.ASCII) is not None
