"""Views of a leaderboard: search, sort, pages and the neighbours of a key.

All functions take the frame of `key-leaderboard` in one currency; ranks and shares stay those of the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from analytics.core.frame import Frame

Key = tuple[str, str]
"""The identity of a key: its account and its mask."""


def keys(frame: Frame) -> list[Key]:
    """The key of each row of a frame, in order."""
    return list(zip(frame.values("account"), frame.values("api_key"), strict=True))


def found(frame: Frame, names: Mapping[Key, Iterable[str]], text: str) -> Frame:
    """The rows whose mask, name, owner, or any of the earlier `names` of the key contains `text`, ignoring case; all rows without text."""
    needle = text.casefold().strip()
    if not needle:
        return frame
    named_keys = zip(keys(frame), frame.values("api_key_name"), frame.values("owner"), strict=True)
    is_match = [
        any(needle in name.casefold() for name in (key[1], label, owner or "", *names.get(key, ()))) for key, label, owner in named_keys
    ]
    return replace(frame, rows=[row for row, matches in zip(frame.rows, is_match, strict=True) if matches])


def ordered(frame: Frame, column: str, *, descending: bool) -> Frame:
    """The rows sorted by a column; rows without a value come last, equal ones stay in the order of their rank."""
    at = frame.names.index(column)
    ranked = sorted((row for row in frame.rows if row[at] is not None), key=lambda row: row[at], reverse=descending)
    return replace(frame, rows=[*ranked, *(row for row in frame.rows if row[at] is None)])


def page(frame: Frame, number: int, size: int) -> Frame:
    """The rows of page `number`, from 1, of `size` rows each."""
    return replace(frame, rows=frame.rows[(number - 1) * size : number * size])


def around(frame: Frame, key: Key, reach: int) -> Frame:
    """The row of a key with up to `reach` rows before and after it; no rows where the frame does not have the key."""
    all_keys = keys(frame)
    if key not in all_keys:
        return replace(frame, rows=[])
    at = all_keys.index(key)
    return replace(frame, rows=frame.rows[max(at - reach, 0) : at + reach + 1])


def holders(frame: Frame, ratio: float) -> int:
    """The least number of top keys that together make at least `ratio` of the spend; 0 where nothing was spent."""
    return next((rank for rank, share in enumerate(frame.values("cumulative_cost_ratio"), 1) if share is not None and share >= ratio), 0)
