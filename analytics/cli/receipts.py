"""The receipt of an import as lines on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.operations import messages

if TYPE_CHECKING:
    from analytics.operations.receipt import Receipt


def receipt_text(receipt: Receipt) -> str:
    """The receipt as text, with a final newline: the headline, then a line per finding with its label."""
    lines = [f"{receipt.source_name}: {messages.headline(receipt)}"]
    lines += [f"  {label or ''!s:<11} {sentence}" for label, sentence in messages.lines(receipt)]
    return "\n".join(lines) + "\n"
