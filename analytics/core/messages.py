"""Messages that can be rendered in any language: an English template with named placeholders, and the values for them.

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
    """A `template` with `{name}` placeholders, and the `values` for them: text, int, Decimal, days, an instant, or messages."""

    template: str
    values: dict[str, Any] = field(default_factory=dict)

    def render(self, translate: Callable[[str], str] = str, format_value: Callable[[Any], str] | None = None) -> str:
        """Return the text, its template by `translate` and its values by `format_value`; both are English by default."""
        texts = {name: _part(value, translate, format_value or write) for name, value in self.values.items()}
        return translate(self.template).format(**texts)

    def __str__(self) -> str:
        return self.render()


def message(template: str, /, **values: Any) -> Message:
    """Return a message to be rendered later, by the command in English and by pages in the reader's language."""
    return Message(template, values)


def N_(text: str) -> str:  # noqa: N802 - the name that gettext uses
    """Return `text` unchanged, marked for translation."""
    return text


def literal(text: str) -> Message:
    """Return a message whose text is the same in every language, such as a name."""
    return Message("{text}", {"text": text})


def write(value: Any) -> str:
    """Return a value as the command writes it: 1,234 · 0.50 · 2026-06-30 · 2026-06-01 to 2026-06-03 · 2026-06-30 08:05Z."""
    if isinstance(value, Decimal):
        return readable(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}Z"
    return value.isoformat() if isinstance(value, date) else days_text(value) if isinstance(value, list) else str(value)


def _part(value: Any, translate: Callable[[str], str], format_value: Callable[[Any], str]) -> str:
    if isinstance(value, Message):
        return value.render(translate, format_value)
    if isinstance(value, tuple):
        return "; ".join(_part(item, translate, format_value) for item in value)
    return format_value(value)
