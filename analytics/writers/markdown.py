"""Frames as a GitHub-flavoured Markdown table; text is escaped, because names come from users."""

from __future__ import annotations

import re

from analytics.core.frame import Frame
from analytics.writers.cells import machine_text

_ACTIVE = re.compile(r"([\\`*_{}\[\]()#+!|<>~&$:.@-])")


def write(frame: Frame) -> bytes:
    """The frame as a Markdown table in UTF-8: numbers right-aligned, text escaped."""
    lines = [_line(frame.names), _line(["--:" if column.is_number else "---" for column in frame.columns])]
    lines += [_line([_cell(value) for value in row]) for row in frame.rows]
    return "".join(lines).encode()


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |\n"


def _cell(value: object) -> str:
    if isinstance(value, str):
        return _ACTIVE.sub(r"\\\1", " ".join(value.splitlines()))
    return machine_text(value)  # type: ignore[arg-type]
