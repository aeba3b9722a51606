"""How wide texts are in a figure, near enough to leave room for them: to let the browser measure draws every figure twice."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from unicodedata import combining, east_asian_width

NARROW, SLIM, PLAIN, CAPITAL, BROAD, WIDE = 4.4, 6.6, 7.3, 8.6, 11.0, 13.0
"""Pixels of a character in the size that figures write in: the widest of its kind."""
MOST = 200
"""As many pixels as names may take beside bars: there is as much for the bars on a telephone."""

_NARROW = frozenset(" !',.:;·ijlft|()[]{}/\\-")
_SLIM = frozenset("acegksvxyz0123456789+-=<>_~$#¥")
_BROAD = frozenset("@%mMWw")
_MARKUP = re.compile(r"</?b>")


def pixels(text: str) -> float:
    """The pixels of plain text in one line."""
    return sum(map(_width, text))


def _width(character: str) -> float:
    if combining(character):
        return 0.0
    for width, characters in ((NARROW, _NARROW), (SLIM, _SLIM), (BROAD, _BROAD)):
        if character in characters:
            return width
    if character == "…" or east_asian_width(character) in "WF":
        return WIDE
    return CAPITAL if character.isupper() or not character.isascii() else PLAIN


def beside(labels: Iterable[str]) -> int:
    """The pixels for the widest of some labels as figures have them: escaped, with lines and bold words."""
    lines = (html.unescape(_MARKUP.sub("", line)) for label in labels for line in label.split("<br>"))
    return min(round(max(map(pixels, lines), default=0.0)) + 6, MOST)


def fitted(name: str) -> str:
    """An escaped name, cut where it is wider than there is room for."""
    text = html.unescape(name)
    if pixels(text) <= MOST:
        return name
    while pixels(text) + WIDE > MOST:
        text = text[:-1]
    return html.escape(text, quote=False) + "…"
