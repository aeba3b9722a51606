"""The kinds of values of settings: functions that check a TOML value and convert it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from analytics.core.money import SCALE, quotient

_TOO_MUCH = Decimal(10) ** 15
"""The exclusive limit of amounts, beyond what any account pays; sums of such amounts still fit in DECIMAL(38,18)."""

Kind = Callable[[Any], Any]
"""Returns the checked value; raises ValueError, with a message about what the value must be, for any other."""


def text(value: Any) -> str:
    """A printable text on one line, not blank."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError("must be a text on one line, in quotes")
    return value


def flag(value: Any) -> bool:
    """True or false."""
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
    """A date, as a TOML date or as a text in ISO 8601."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError("must be a day, written 2026-06-30") from None


def amount(value: Any) -> Decimal:
    """An exact decimal from 0 up, with at most 18 decimals; TOML numbers are read as decimals and never as floats."""
    try:
        number = Decimal(value) if isinstance(value, (int, str, Decimal)) and not isinstance(value, bool) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not 0 <= number < _TOO_MUCH or number != quotient(number, 1, SCALE):
        raise ValueError(f"must be a number from 0 up, for example 250.00, with at most {SCALE} decimals")
    return number


def ratio(value: Any) -> Decimal:
    """A share between 0 and 1, both included."""
    number = amount(value)
    if number > 1:
        raise ValueError("must be a share between 0 and 1: half is 0.5")
    return number


def share(value: Any) -> Decimal:
    """A share between 0 and 1, or a whole number that is a weight relative to others."""
    number = amount(value)
    if number > 1 and number % 1:
        raise ValueError("must be a share between 0 and 1, or a whole number that says how much it weighs")
    return number


def one_of(*allowed: str) -> Kind:
    """The kind of one of `allowed` words."""

    def chosen(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return str(value)

    return chosen


def many(kind: Kind) -> Kind:
    """The kind of a non-empty list of values of a kind, as a tuple; a single value is a list of one."""

    def listed(value: Any) -> tuple[Any, ...]:
        values = value if isinstance(value, list) else [value]
        if not values:
            raise ValueError("must hold at least one value")
        return tuple(kind(item) for item in values)

    return listed


def other_than(kind: Kind, *words: str) -> Kind:
    """A kind without the reserved `words`, which mean something else in reports."""

    def allowed(value: Any) -> Any:
        checked = kind(value)
        if checked in words:
            raise ValueError(f"must be another word than {', '.join(words)}")
        return checked

    return allowed


def by_name(kind: Kind, name: Kind = text) -> Kind:
    """The kind of a non-empty table of values of a kind by name: { name = value, … }."""

    def named(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or not value:
            raise ValueError("must be a table of names and values: { name = value }")
        return {name(key): kind(item) for key, item in value.items()}

    return named


def currency(value: Any) -> str:
    """A currency as its three-letter code in capitals, such as CNY."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Z]{3}", value):
        raise ValueError('must be a currency in three capital letters, for example "CNY"')
    return value
