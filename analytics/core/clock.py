"""The time of day, as a function that is passed in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the present time, naive UTC."""


def utc_now() -> datetime:
    """The present time, naive UTC."""
    return datetime.now(UTC).replace(tzinfo=None)
