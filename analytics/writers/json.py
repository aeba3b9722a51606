"""Frames as a JSON array of one object per row; money is text, because most readers parse a JSON number as a binary float."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

from analytics.core.frame import Frame
from analytics.writers.cells import machine_text


def write(frame: Frame) -> bytes:
    """The frame as JSON, one row per line, with a final newline."""
    lines = [json.dumps({name: _json(value) for name, value in record.items()}, ensure_ascii=False) for record in frame.records()]
    return ("[" + ",\n ".join(lines) + "]\n").encode()


def _json(value: Any) -> Any:
    return machine_text(value) if isinstance(value, Decimal | date) else value
