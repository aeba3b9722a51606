"""How wide texts are in a figure, near enough to leave room for them: to let the browser measure draws every figure twice."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from unicodedata import combining, east_asian_width

NARROW, PLAIN, CAPITAL, WIDE = 4.4, 7.3, 8.6, 13.0
"""Pixels of a character in the size that figures write in, in the widest of its kind and weight but for a few."""
MOST = 190
"""As many pixels as names may take beside bars: there is as much for the bars on a telephone."""

_NARROW = frozenset(" !',.:;ijlft|()[]{}/\\-")
_WIDE = frozenset("@%mMWw…")
_MARKUP = re.compile(r"</?b>")


def width(text: str) -> float:
    """The pixels of plain text in one line."""
    return sum(map(_width, text))


def _width(character: str) -> float:
    if combining(character):
        return 0.0
    if character in _WIDE or east_asian_width(character) in "WF":
        return WIDE
    if character in _NARROW:
        return NARROW
    return CAPITAL if character.isupper() or not character.isascii() else PLAIN


def beside(labels: Iterable[str]) -> int:
    """The pixels for the widest of some labels as figures have them: escaped, with lines and bold words."""
    lines = (html.unescape(_MARKUP.sub("", line)) for label in labels for line in label.split("<br>"))
    return min(round(max(map(width, lines), default=0.0)) + 6, MOST)


def fitted(name: str) -> str:
    """An escaped name, cut where it is wider than there is room for."""
    text = html.unescape(name)
    if width(text) <= MOST:
        return name
    while width(text) + WIDE > MOST:
        text = text[:-1]
    return html.escape(text, quote=False) + "…"
