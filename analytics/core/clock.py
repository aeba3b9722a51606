"""The clock: the present time as a function that callers pass in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""A function that returns the present time, naive UTC."""


def utc_now() -> datetime:
    """The present time, naive UTC."""
    return datetime.now(UTC).replace(tzinfo=None)
