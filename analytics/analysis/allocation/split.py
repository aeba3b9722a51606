"""Splitting and rounding of amounts so that the parts add up exactly to the whole."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal

from analytics.core.money import EXACT, SCALE, rounded


def split_count(total: int, weights: Sequence[int]) -> list[int]:
    """`total` whole units split in proportion to `weights`, by the method of the largest remainder; of equal remainders the first.

    Weights that are all zero count as equal.

    >>> split_count(10, [1, 1, 1])
    [4, 3, 3]
    """
    shares = weights if any(weights) else [1] * len(weights)
    whole = sum(shares)
    parts = [abs(total) * share // whole for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda index: (-(abs(total) * shares[index] % whole), index))
    for index in by_remainder[: abs(total) - sum(parts)]:
        parts[index] += 1
    return parts if total >= 0 else [-part for part in parts]


def split_cost(total: Decimal, weights: Sequence[int]) -> list[Decimal]:
    """`total`, an amount of one currency, split in proportion to `weights` in units of the last decimal that the ledger keeps (10⁻¹⁸)."""
    units = split_count(int(EXACT.scaleb(total, SCALE)), weights)
    return [EXACT.scaleb(Decimal(part), -SCALE) for part in units]


def rounded_steps(first: Decimal, steps: Sequence[Decimal], last: Decimal, places: int) -> list[Decimal]:
    """`steps` rounded to `places` decimals so that they add up to the difference of `first` and `last`, rounded as well.

    Steps are rounded down; the units left over go to the steps with the largest remainders.

    >>> [str(step) for step in rounded_steps(Decimal("1.00"), [Decimal("0.004"), Decimal("0.004"), Decimal("0.004")], Decimal("1.012"), 2)]
    ['0.01', '0.00', '0.00']
    """
    cents = [EXACT.scaleb(step, places) for step in steps]
    whole = [math.floor(step) for step in cents]
    left = int(EXACT.scaleb(EXACT.subtract(rounded(last, places), rounded(first, places)), places)) - sum(whole)
    for index in sorted(range(len(steps)), key=lambda index: (whole[index] - cents[index], index))[:left]:
        whole[index] += 1
    return [EXACT.scaleb(Decimal(step), -places) for step in whole]
