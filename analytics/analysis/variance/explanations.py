"""The explanations of a variance: one message per driver, from the figures of its row, for any language and number format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from heapq import nsmallest
from typing import Any

from analytics.core.frame import Frame
from analytics.core.messages import Message, message

Row = Mapping[str, Any]
Written = Callable[[Any], str]

OF_BILLS = ("reconciliation_difference", "granted_credit")
"""The drivers of an account that no key has."""
_WORDS = {
    "requests": message("{key}: requests from {before} to {after}, {effect}"),
    "tokens_per_request": message("{key}: tokens per request from {before} to {after}, {effect}"),
    "model_mix": message("{key}: other models than before, {effect}"),
    "cache_mix": message("{key}: cache hits from {before} to {after} of the input, {effect}"),
    "peak_mix": message("{key}: bought at peak from {before} to {after} of the tokens, {effect}"),
    "price": message("{key}: other prices than before, {effect}"),
    "new_key": message("{key}: used now and not before, in {currency}, {effect}"),
    "retired_key": message("{key}: used before and not now, in {currency}, {effect}"),
    "reconciliation_difference": message("{account}: bill and usage differ otherwise than before, {effect}"),
    "granted_credit": message("{account}: another granted credit than before, {effect}"),
}
_RATIOS = ("cache_mix", "peak_mix")


def largest(frame: Frame, top: int) -> list[dict[str, Any]]:
    """The records of the `top` largest effects, by absolute amount: those of keys, and those of the bill."""
    section, driver, effect = (frame.names.index(name) for name in ("section", "driver", "effect_cost"))
    rows = (row for row in frame.rows if row[effect] and (row[section] == "key" or row[driver] in OF_BILLS))
    largest_rows = nsmallest(top, rows, key=lambda row: -abs(row[effect]))
    return [dict(zip(frame.names, row, strict=True)) for row in largest_rows]


def sentence(row: Row, *, money: Callable[[Decimal, str], str], number: Written, ratio: Written) -> Message:
    """The explanation of one row as a message; `money`, `number` and `ratio` format a signed amount of a currency, a number and a ratio."""
    written = ratio if row["driver"] in _RATIOS else number
    before, after = ("–" if row[name] is None else written(row[name]) for name in ("previous_measure", "measure"))
    effect = money(row["effect_cost"], row["currency"])
    values = {
        "key": row["api_key_name"],
        "account": row["account"],
        "before": before,
        "after": after,
        "effect": effect,
        "currency": row["currency"],
    }
    return replace(_WORDS[row["driver"]], values=values)
