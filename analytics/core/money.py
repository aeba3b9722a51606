"""Exact decimals: the one context, the one rounding and the one way to write an amount."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation, Overflow, Rounded

SCALE = 18
"""Decimal places of every price and cost in the store: DECIMAL(38,18). Exports use at most 16 (reference: real files)."""

EXACT = Context(prec=76, traps=[Inexact, Rounded, Overflow, InvalidOperation])
"""Raises where Python's default context would round at 28 digits."""


def exact_sum(values: Iterable[Decimal]) -> Decimal:
    """The sum with every digit. Amounts of one currency only: this function cannot know."""
    total = Decimal(0)
    for value in values:
        total = EXACT.add(total, value)
    return total


def to_units(cost: Decimal) -> int:
    """A cost as a whole number of units of its last decimal, 10⁻¹⁸ of its currency. Raises Inexact for a cost with more decimals."""
    units = EXACT.scaleb(cost, SCALE)
    return int(units.to_integral_exact(context=EXACT))


def from_units(units: int) -> Decimal:
    """The cost of so many units of its last decimal."""
    return EXACT.scaleb(Decimal(units), -SCALE)


def plain(value: Decimal) -> str:
    """`value` with all its digits and never an exponent: 1E-7 is written 0.0000001."""
    return format(value, "f")


def rounded(value: Decimal, places: int) -> Decimal:
    """`value` rounded half away from zero, as DuckDB rounds."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=Context(prec=76))


def quotient(value: Decimal, divisor: int, places: int) -> Decimal:
    """`value` ÷ `divisor`, rounded once, half away from zero, to `places`: for amounts that no division makes exact."""
    scaled = abs(int(EXACT.scaleb(value, places)))
    whole = (2 * scaled + divisor) // (2 * divisor)
    return Decimal(-whole if value < 0 else whole).scaleb(-places, EXACT)


def readable(value: Decimal, least_places: int = 2) -> str:
    """`value` exact, with thousands separators and without the zeros beyond `least_places`: 1,234.50."""
    whole, _, fraction = format(value, ",f").partition(".")
    fraction = fraction.rstrip("0").ljust(least_places, "0")
    return f"{whole}.{fraction}" if fraction else whole


def estimated(value: float, places: int = 2) -> Decimal:
    """An estimate as money: to the cents of its currency, of which yuan and dollar have two. The only way from a float to an amount."""
    return rounded(Decimal(value), places)
