"""The approximate width of texts in a figure, to reserve room for them: letting the browser measure them draws a figure twice."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from unicodedata import combining, east_asian_width

NARROW, SLIM, PLAIN, CAPITAL, BROAD, WIDE = 4.4, 6.6, 7.3, 8.6, 11.0, 13.0
"""Pixels of a character in the font size of figures: the widest of its kind."""
MAX_PIXELS = 200
"""The most pixels that names may take next to bars; as many remain for the bars on a telephone."""

_NARROW = frozenset(" !',.:;·ijlft|()[]{}/\\-")
_SLIM = frozenset("acegksvxyz0123456789+-=<>_~$#¥")
_BROAD = frozenset("@%mMWw")
_MARKUP = re.compile(r"</?b>")


def pixels(text: str) -> float:
    """Return the pixels of plain text in one line."""
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


def label_width(labels: Iterable[str]) -> int:
    """Return the pixels for the widest of some labels, which are escaped and may have lines and bold words."""
    lines = (html.unescape(_MARKUP.sub("", line)) for label in labels for line in label.split("<br>"))
    return min(round(max(map(pixels, lines), default=0.0)) + 6, MAX_PIXELS)


def fitted(name: str) -> str:
    """Return an escaped name, shortened where it is wider than MAX_PIXELS."""
    text = html.unescape(name)
    if pixels(text) <= MAX_PIXELS:
        return name
    while pixels(text) + WIDE > MAX_PIXELS:
        text = text[:-1]
    return html.escape(text, quote=False) + "…"
