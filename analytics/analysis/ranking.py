"""What is looked at of a leaderboard: the keys that were searched for, in another order, a page of them, or those around one.

Pure functions over the frame of `key-leaderboard` in one currency; ranks and shares stay those of the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from analytics.core.frame import Frame

Key = tuple[str, str]
"""An account and a mask: what a key is."""


def keys(frame: Frame) -> list[Key]:
    """The keys of a frame, row by row."""
    return list(zip(frame.values("account"), frame.values("api_key"), strict=True))


def found(frame: Frame, names: Mapping[Key, Iterable[str]], text: str) -> Frame:
    """The rows whose mask, owner, or any of the `names` that the key has had, holds `text`, whatever its case."""
    wanted = text.casefold().strip()
    if not wanted:
        return frame
    named_keys = zip(keys(frame), frame.values("api_key_name"), frame.values("owner"), strict=True)
    holds = [
        any(wanted in name.casefold() for name in (key[1], label, owner or "", *names.get(key, ()))) for key, label, owner in named_keys
    ]
    return replace(frame, rows=[row for row, is_found in zip(frame.rows, holds, strict=True) if is_found])


def ordered(frame: Frame, column: str, *, descending: bool) -> Frame:
    """The rows by a column; those without a value come last, equal ones stay in the order of their rank."""
    at = frame.names.index(column)
    ranked = sorted((row for row in frame.rows if row[at] is not None), key=lambda row: row[at], reverse=descending)
    return replace(frame, rows=[*ranked, *(row for row in frame.rows if row[at] is None)])


def page(frame: Frame, number: int, size: int) -> Frame:
    """Page `number`, from 1, of `size` rows each."""
    return replace(frame, rows=frame.rows[(number - 1) * size : number * size])


def around(frame: Frame, key: Key, reach: int) -> Frame:
    """The row of a key and up to `reach` rows before and after it; no row where the key has none."""
    listed = keys(frame)
    if key not in listed:
        return replace(frame, rows=[])
    at = listed.index(key)
    return replace(frame, rows=frame.rows[max(at - reach, 0) : at + reach + 1])


def holders(frame: Frame, ratio: float) -> int:
    """How many of the dearest keys together make at least `ratio` of the spend; 0 where nothing was spent."""
    return next((rank for rank, share in enumerate(frame.values("cumulative_cost_ratio"), 1) if share is not None and share >= ratio), 0)
