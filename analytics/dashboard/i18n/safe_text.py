"""Untrusted names as safe text, for anybody can name a key: shown literally, never interpreted as markup.

`clean` is for widgets that show text literally (tables, select boxes, file names), `markdown` for every label and value of Streamlit
that is Markdown, `plotly` for names, ticks and hovers of charts.
"""

from __future__ import annotations

import html
import re

LIMIT = 80
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
_WORD_JOINER = "\u2060"
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_MASK = re.compile(r"\*{4,}")


def clean(text: object, limit: int = LIMIT) -> str:
    """Return one line without control and direction characters, shortened to `limit` characters; "–" for an empty text."""
    safe = " ".join(_INVISIBLE.sub(" ", str(text)).split()) or "–"
    return safe if len(safe) <= limit else safe[: limit - 1] + "…"


def markdown(text: object, limit: int = LIMIT) -> str:
    """Return Markdown that shows a text literally: no emphasis, colour, formula, icon, image, link or arrow."""
    safe = clean(text, limit)
    # GitHub's autolinks and Streamlit's arrows apply to escaped text too; an invisible word joiner breaks them up.
    safe = re.sub(r"(?i)(https?|ftp)(:)(//)", rf"\1{_WORD_JOINER}\2{_WORD_JOINER}\3", safe)
    safe = re.sub(r"(?i)\b(www)(\.)", rf"\1{_WORD_JOINER}\2", safe)
    safe = safe.replace("@", "@" + _WORD_JOINER)
    safe = re.sub(r"-(?=[->])", "-" + _WORD_JOINER, safe)
    safe = re.sub(r"<(?=-)", "<" + _WORD_JOINER, safe)
    return _PUNCTUATION.sub(r"\\\1", safe)


def plotly(text: object, limit: int = LIMIT) -> str:
    """Return text that Plotly shows literally in names, ticks, annotations and custom data; never for a hover template."""
    return html.escape(clean(text, limit), quote=False)


def mask(api_key: str) -> str:
    """Return a masked key with its stars replaced by an ellipsis: sk-83fa0…5d21."""
    return _MASK.sub("…", clean(api_key))
