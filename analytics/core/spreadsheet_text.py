"""Text that no spreadsheet takes for a formula, and the way back to what it was; of numbers and days it is never asked."""

from __future__ import annotations

import re

# A formula begins at the start of a cell, or behind what some spreadsheet takes for the end of one: a file is also opened with
# another delimiter than it was written with. Signs of full width count, and so do a pipe (DDE) and what readers drop or trim.
_RUN = r"'*\s*?[=+\-@＝＋－＠|%\t\r\n\0]"
_LIVE = re.compile(rf"(^|[;,|\t\r\n])(?={_RUN})")
_NEUTRAL = re.compile(rf"(^|[;,|\t\r\n])'(?={_RUN})")
_OFFSET = re.compile(r"[+-]\d\d:\d\d")
"""A vendor's day begins at one; it is no formula, and programs read it as it is."""


def escape_formula(text: str) -> str:
    """`text` with an apostrophe before each place where a spreadsheet would begin to calculate.

    >>> neutral("=1+1"), neutral("'=1+1"), neutral("a;-1"), neutral("it's -5")
    ("'=1+1", "''=1+1", "a;'-1", "it's -5")
    """
    return text if _OFFSET.fullmatch(text) else _LIVE.sub(r"\1'", text)


def unescape_formula(text: str) -> str:
    """What `text` was before `neutral`, whatever it was.

    >>> restored("'=1+1"), restored("''=1+1"), restored("'tick'")
    ('=1+1', "'=1+1", "'tick'")
    """
    return _NEUTRAL.sub(r"\1", text) if "'" in text else text
