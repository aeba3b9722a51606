"""Documents: titled sections of frames, with facts and notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from analytics.core.frame import Frame

DAWN = date(2000, 1, 1)
"""The date of a document without any date in its data."""


@dataclass(frozen=True)
class Chart:
    """The chart of a section: `value` by `label`, one stack per `series`; columns run over days, bars over names.

    Rows whose label is in `without` are not drawn.
    """

    kind: Literal["bars", "columns"]
    label: str
    value: str
    series: str | None = None
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """One table under a title of at most 31 characters; `currency` is set where all its money is in one."""

    title: str
    frame: Frame
    notes: tuple[str, ...] = ()
    chart: Chart | None = None
    currency: str | None = None


@dataclass(frozen=True)
class Document:
    """Sections in their order, with facts about the whole and notes that belong to its figures.

    `subject` is the name of its report or pack, `as_of` its date, which comes from the data so that equal data give equal documents.
    `is_complete` is whether every day of its period is known and over, `controls` are the amounts by currency that every section of
    costs must add up to, and `signatures` the roles that sign.
    """

    subject: str
    title: str
    sections: tuple[Section, ...]
    facts: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    as_of: date = DAWN
    unreconciled_dates: tuple[date, ...] = ()
    partial_dates: tuple[date, ...] = ()
    controls: Mapping[str, Decimal] = field(default_factory=dict)
    signatures: tuple[str, ...] = ()
    is_complete: bool = True

    @property
    def is_single(self) -> bool:
        """Whether it has one section and no signatures, so that a format of one table can hold it."""
        return len(self.sections) == 1 and not self.signatures


def of(frame: Frame) -> Document:
    """Return a document of one frame, dated by the newest day in it."""
    title = frame.name.replace("-", " ").capitalize()
    return Document(frame.name, title, (Section(title[:31], frame),), as_of=newest(frame))


def newest(frame: Frame) -> date:
    """Return the last day in a frame; DAWN without any."""
    dates = [value for row in frame.rows for value in row if isinstance(value, date)]
    return max((value.date() if isinstance(value, datetime) else value for value in dates), default=DAWN)
