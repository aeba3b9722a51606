"""One value as text for machines: exact, plain and the same in every text format."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from analytics.core.money import plain

Value = Decimal | int | float | str | bool | date | datetime | None


def machine_text(value: Value) -> str:
    """A value as text: plain decimals at full scale, ISO dates, UTC instants with Z, `true` and `false`; empty for a missing value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, float):
        return plain(Decimal(repr(value)))
    if isinstance(value, datetime):
        return f"{value.isoformat()}Z"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
