"""What the rest of a period costs if its complete days are like the rest: exact and pure; it knows no weekday, and is no forecast."""

from __future__ import annotations

from decimal import Decimal

from analytics.core.money import EXACT, SCALE, quotient


def remaining(spent: Decimal, complete_days: int, month_days: int) -> Decimal:
    """What the rest of a month costs, of which `complete_days` cost `spent`, at the same cost a day.

    >>> remaining(Decimal("30"), 10, 31)
    Decimal('63.000000000000000000')
    """
    return quotient(EXACT.multiply(spent, Decimal(month_days - complete_days)), complete_days, SCALE)
