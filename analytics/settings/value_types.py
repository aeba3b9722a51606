"""The kinds of value that a setting may have, each a function from what TOML read to what is meant; it knows no section."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from analytics.core.money import SCALE, quotient

_TOO_MUCH = Decimal(10) ** 15
"""Larger than what any account can pay; sums of such amounts still have room in DECIMAL(38,18)."""

Kind = Callable[[Any], Any]
"""Returns the value; raises ValueError, which says what it must be, for any other."""


def text(value: Any) -> str:
    """Some text, not empty, on one line."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError("must be a text on one line, in quotes")
    return value


def flag(value: Any) -> bool:
    """Yes or no."""
    if not isinstance(value, bool):
        raise ValueError("must be true or false, without quotes")
    return value


def count(value: Any) -> int:
    """A whole number from 1 up."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError("must be a whole number from 1 up")
    return value


def number(value: Any) -> int:
    """A whole number from 0 up."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("must be a whole number from 0 up")
    return value


def day(value: Any) -> date:
    """A day: TOML's own, or the same in quotes."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError("must be a day, written 2026-06-30") from None


def amount(value: Any) -> Decimal:
    """An exact number, not negative; TOML's numbers are read as decimals, never as floats."""
    try:
        number = Decimal(value) if isinstance(value, (int, str, Decimal)) and not isinstance(value, bool) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not 0 <= number < _TOO_MUCH or number != quotient(number, 1, SCALE):
        raise ValueError(f"must be a number from 0 up, for example 250.00, with at most {SCALE} decimals")
    return number


def ratio(value: Any) -> Decimal:
    """A share between 0 and 1."""
    number = amount(value)
    if number > 1:
        raise ValueError("must be a share between 0 and 1: half is 0.5")
    return number


def share(value: Any) -> Decimal:
    """A part of a whole, between 0 and 1, or a whole number that says how much it weighs beside others."""
    number = amount(value)
    if number > 1 and number % 1:
        raise ValueError("must be a share between 0 and 1, or a whole number that says how much it weighs")
    return number


def one_of(*allowed: str) -> Kind:
    """One of a few words."""

    def chosen(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return str(value)

    return chosen


def many(kind: Kind) -> Kind:
    """A list of values of a kind, at least one; a single value is a list of one."""

    def listed(value: Any) -> tuple[Any, ...]:
        values = value if isinstance(value, list) else [value]
        if not values:
            raise ValueError("must hold at least one value")
        return tuple(kind(item) for item in values)

    return listed


def other_than(kind: Kind, *words: str) -> Kind:
    """A kind without some words, which mean something else where the values are shown."""

    def allowed(value: Any) -> Any:
        known = kind(value)
        if known in words:
            raise ValueError(f"must be another word than {', '.join(words)}")
        return known

    return allowed


def by_name(kind: Kind, name: Kind = text) -> Kind:
    """Values of a kind by a name each, at least one: { name = value, … }."""

    def named(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or not value:
            raise ValueError("must be a table of names and values: { name = value }")
        return {name(key): kind(item) for key, item in value.items()}

    return named


def currency(value: Any) -> str:
    """A currency by its three letters."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Z]{3}", value):
        raise ValueError('must be a currency in three capital letters, for example "CNY"')
    return value
