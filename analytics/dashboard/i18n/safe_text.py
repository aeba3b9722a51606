"""Untrusted names made plain: what the vendor lets anybody type must be read and never obeyed; it decides no layout.

Three sinks, three functions: `clean` for widgets that show text literally (tables, select boxes, file names), `markdown` for
every label and value of Streamlit that is Markdown, `plotly` for names, ticks and hovers of charts.
"""

from __future__ import annotations

import html
import re

LIMIT = 80
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
_WORD_JOINER = "\u2060"
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_MASK = re.compile(r"\*{4,}")


def clean(text: object, limit: int = LIMIT) -> str:
    """One line without control and direction characters, cut to `limit`; "–" for nothing."""
    shown = " ".join(_UNSEEN.sub(" ", str(text)).split()) or "–"
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def markdown(text: object, limit: int = LIMIT) -> str:
    """Text that Streamlit's Markdown shows as it is: no emphasis, colour, formula, icon, image, link or arrow."""
    shown = clean(text, limit)
    # GitHub's autolinks and Streamlit's arrows work on escaped text too; a word joiner, which nobody sees, parts them.
    shown = re.sub(r"(?i)(https?|ftp)(:)(//)", rf"\1{_WORD_JOINER}\2{_WORD_JOINER}\3", shown)
    shown = re.sub(r"(?i)\b(www)(\.)", rf"\1{_WORD_JOINER}\2", shown)
    shown = shown.replace("@", "@" + _WORD_JOINER)
    shown = re.sub(r"-(?=[->])", "-" + _WORD_JOINER, shown)
    shown = re.sub(r"<(?=-)", "<" + _WORD_JOINER, shown)
    return _PUNCTUATION.sub(r"\\\1", shown)


def plotly(text: object, limit: int = LIMIT) -> str:
    """Text that Plotly shows as it is, in names, ticks, annotations and custom data; never part of a hover template."""
    return html.escape(clean(text, limit), quote=False)


def mask(api_key: str) -> str:
    """A masked key with its stars folded: sk-83fa0…5d21."""
    return _MASK.sub("…", clean(api_key))
