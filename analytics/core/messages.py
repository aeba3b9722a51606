"""A message that can be rendered in any language: an English text with named places, and the values for them.

`message` marks a text for translation: `make translations` finds it by this name, as it finds `_` and `N_` on pages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from analytics.core.money import readable
from analytics.core.period import days_text


@dataclass(frozen=True)
class Message:
    """`template` with `{name}` places, and the `values` that fill them: text, int, Decimal, days, an instant, or messages."""

    template: str
    values: dict[str, Any] = field(default_factory=dict)

    def render(self, translated: Callable[[str], str] = str, written: Callable[[Any], str] | None = None) -> str:
        """The sentence in the language of `translated`, its values as `written` writes them; both are English by default."""
        filled = {name: _part(value, translated, written or write) for name, value in self.values.items()}
        return translated(self.template).format(**filled)

    def __str__(self) -> str:
        return self.render()


def message(template: str, /, **values: Any) -> Message:
    """A message to be rendered later, by the command in English and by pages in the reader's language."""
    return Message(template, values)


def N_(text: str) -> str:  # noqa: N802 - gettext's own name
    """The text as it is, marked for translation."""
    return text


def literal(text: str) -> Message:
    """Text that is the same in every language, such as a name."""
    return Message("{text}", {"text": text})


def write(value: Any) -> str:
    """A value as the command writes it: 1,234 · 0.50 · 2026-06-30 · 2026-06-01 to 2026-06-03 · 2026-06-30 08:05Z."""
    if isinstance(value, Decimal):
        return readable(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}Z"
    return value.isoformat() if isinstance(value, date) else days_text(value) if isinstance(value, list) else str(value)


def _part(value: Any, translated: Callable[[str], str], written: Callable[[Any], str]) -> str:
    if isinstance(value, Message):
        return value.render(translated, written)
    if isinstance(value, tuple):
        return "; ".join(_part(one, translated, written) for one in value)
    return written(value)
