"""The run rate: the cost of the remaining days of a period at the average cost of its complete days."""

from __future__ import annotations

from decimal import Decimal

from analytics.core.money import EXACT, SCALE, quotient


def remaining(spent: Decimal, complete_days: int, month_days: int) -> Decimal:
    """The cost of the remaining days of a month at the average of its `complete_days`, which cost `spent`; rounded to 18 decimals.

    >>> remaining(Decimal("30"), 10, 31)
    Decimal('63.000000000000000000')
    """
    return quotient(EXACT.multiply(spent, Decimal(month_days - complete_days)), complete_days, SCALE)
