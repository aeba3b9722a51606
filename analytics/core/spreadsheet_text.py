"""Escaping of text that a spreadsheet would run as a formula, and its inverse."""

from __future__ import annotations

import re

# A formula begins at the start of a cell, or after a character that a spreadsheet may take for the end of one, because a file may
# be opened with another delimiter than it was written with. Full-width signs count, and so do a pipe (DDE) and characters that
# readers drop or trim.
_FORMULA_START = r"'*\s*?[=+\-@＝＋－＠|%\t\r\n\0]"
_UNESCAPED = re.compile(rf"(^|[;,|\t\r\n])(?={_FORMULA_START})")
_ESCAPED = re.compile(rf"(^|[;,|\t\r\n])'(?={_FORMULA_START})")
_OFFSET = re.compile(r"[+-]\d\d:\d\d")
"""A UTC offset, which no spreadsheet calculates and which programs must read unchanged."""


def escape_formula(text: str) -> str:
    """Return `text` with an apostrophe before each place where a spreadsheet would begin to calculate.

    >>> escape_formula("=1+1"), escape_formula("'=1+1"), escape_formula("a;-1"), escape_formula("it's -5")
    ("'=1+1", "''=1+1", "a;'-1", "it's -5")
    """
    return text if _OFFSET.fullmatch(text) else _UNESCAPED.sub(r"\1'", text)


def unescape_formula(text: str) -> str:
    """Return the text before `escape_formula`: `unescape_formula(escape_formula(x)) == x` for every x.

    >>> unescape_formula("'=1+1"), unescape_formula("''=1+1"), unescape_formula("'tick'")
    ('=1+1', "'=1+1", "'tick'")
    """
    return _ESCAPED.sub(r"\1", text) if "'" in text else text
