"""One amount split over several who bear it, so that the parts add up to the last digit; it knows no owner."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from analytics.money import EXACT, SCALE


def split_count(total: int, weights: Sequence[int]) -> list[int]:
    """`total` in whole units in proportion to `weights`, by the method of the largest remainder; of equal remainders the first.

    Weights of nothing but zeros count alike.

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
    """The same for an amount of money, in units of the last decimal that the store keeps."""
    units = split_count(int(EXACT.scaleb(total, SCALE)), weights)
    return [EXACT.scaleb(Decimal(part), -SCALE) for part in units]
