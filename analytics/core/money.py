"""Exact decimal arithmetic for money: its context, its rounding and its notation."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation, Overflow, Rounded

SCALE = 18
"""Decimal places of every price and cost in the store: DECIMAL(38,18). Exports use at most 16 (reference: real files)."""

EXACT = Context(prec=76, traps=[Inexact, Rounded, Overflow, InvalidOperation])
"""A context that raises where Python's default context would round at 28 digits."""


def exact_sum(values: Iterable[Decimal]) -> Decimal:
    """Return the sum with every digit. The caller passes amounts of one currency."""
    total = Decimal(0)
    for value in values:
        total = EXACT.add(total, value)
    return total


def to_units(cost: Decimal) -> int:
    """Return a cost as an integer of units of 10⁻¹⁸ of its currency. Raises Inexact for a cost with more decimals."""
    units = EXACT.scaleb(cost, SCALE)
    return int(units.to_integral_exact(context=EXACT))


def from_units(units: int) -> Decimal:
    """Return the cost, in its currency, of `units` of 10⁻¹⁸ each."""
    return EXACT.scaleb(Decimal(units), -SCALE)


def plain(value: Decimal) -> str:
    """Return `value` with all its digits and never an exponent: 1E-7 is written 0.0000001."""
    return format(value, "f")


def rounded(value: Decimal, places: int) -> Decimal:
    """Return `value` rounded to `places` decimals, half away from zero, as DuckDB rounds."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=Context(prec=76))


def quotient(value: Decimal, divisor: int, places: int) -> Decimal:
    """Return `value` ÷ `divisor`, rounded once to `places` decimals, half away from zero."""
    scaled = abs(int(EXACT.scaleb(value, places)))
    whole = (2 * scaled + divisor) // (2 * divisor)
    return Decimal(-whole if value < 0 else whole).scaleb(-places, EXACT)


def readable(value: Decimal, least_places: int = 2) -> str:
    """Return `value` exact, with thousands separators and without trailing zeros beyond `least_places`: 1,234.50."""
    whole, _, fraction = format(value, ",f").partition(".")
    fraction = fraction.rstrip("0").ljust(least_places, "0")
    return f"{whole}.{fraction}" if fraction else whole


def estimated(value: float, places: int = 2) -> Decimal:
    """Return an estimate as an amount, rounded to `places`: 2, the minor unit of CNY and USD. All amounts from floats are made here."""
    return rounded(Decimal(value), places)
