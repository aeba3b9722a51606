"""The explanations of alerts: one message per alert, from the figures of its row, for any language and number format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from analytics.core.messages import Message, message
from analytics.core.money import readable, rounded

Row = Mapping[str, Any]
Money = Callable[[Decimal, str], str]
Ratio = Callable[[float], str]

_WORDS = {
    "spike": message("cost {cost} on {when}, where {expected} was usual: {driver}"),
    "sustained_rise": message("rose to {cost} on {when}, where {expected} was usual: {driver}"),
    "new_key": message("first used on {first}, {cost} since then"),
    "revived_key": message("used again since {first} after a long pause, for {cost}"),
    "silent_key": message("not used on {when}, which would usually cost {expected}"),
    "unusual_hour": message("used at {hours}, when it hardly ever was before, for {cost} on {when}"),
    "cache_hit_collapse": message("cache hits fell from {before} to {now} of the input, and cost {own} more on {when}"),
    "request_cost": message("a request cost {now} where {before} was usual, {own} more on {when}: {driver}"),
    "dearer_model": message("moved to dearer models, a million tokens at {now} where {before} was usual, {own} more on {when}"),
    "peak_hours": message("bought {now} of its tokens at peak where {before} was usual, {own} more on {when}"),
}
_DRIVERS = {
    "requests": message("mostly by more requests"),
    "tokens_per_request": message("mostly by more tokens per request"),
    "model_mix": message("mostly by other models"),
    "cache_mix": message("mostly by fewer cache hits"),
    "peak_mix": message("mostly by use at peak"),
    "price": message("mostly by other prices"),
    "new_key": message("it was not used on such days"),
    "retired_key": message("it is no longer used"),
}
CONFIDENCES = ("low", "medium", "high")
"""The levels of confidence of an alert, in ascending order."""
_RATIOS = ("cache_hit_collapse", "peak_hours")


def money(amount: Decimal, currency: str) -> str:
    """An amount as text of the command line, such as 1,234.50 CNY: with 2 decimals, and with 4 where it is less than 1."""
    return f"{readable(rounded(amount, 2 if abs(amount) >= 1 else 4))} {currency}"


def percent(ratio: float) -> str:
    """A ratio as text of the command line, such as 86 %."""
    return f"{ratio * 100:.0f} %"


def explanation(row: Row, written: Money = money, ratio: Ratio = percent) -> Message:
    """The explanation of a row of `hot-keys` as a message; `written` formats an amount of a currency, `ratio` a ratio."""
    currency = row["currency"]

    def measure(value: float | None) -> str:
        if value is None:
            return "–"
        return ratio(value) if row["kind"] in _RATIOS else written(Decimal(repr(value)), currency)

    values = {
        "cost": written(row["computed_cost"], currency),
        "expected": written(row["expected_cost"], currency),
        "own": written(row["kind_effect"], currency),
        "when": _days(row["first_date"], row["last_date"]),
        "hours": row["hours"],
        "first": row["first_date"],
        "before": measure(row["previous_measure"]),
        "now": measure(row["measure"]),
        "driver": _DRIVERS[main_driver(row)],
    }
    return replace(_WORDS[row["kind"]], values=values)


def _days(first: date, last: date) -> list[date]:
    return [date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1)]


def main_driver(row: Row) -> str:
    """The driver with the largest effect in the direction of the impact."""
    sign = -1 if row["impact"] < 0 else 1
    return max(_DRIVERS, key=lambda driver: sign * row[f"{driver}_effect"])
