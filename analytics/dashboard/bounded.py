"""Tables that stay small in any ledger: the first rows, and how many there are; the download has them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analytics import Frame
from analytics.dashboard import parts
from analytics.dashboard.language import _, current

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.reports import Report

MOST_ROWS = 200


def rows(report: Report, *, key: str, leave_out: Sequence[str] = ()) -> None:
    """The rows of a report and their download, folded away."""
    with st.expander(_("Rows and download"), icon=":material/table_rows:"):
        table(report.frame, key=key, leave_out=leave_out)
        parts.download(report, key=key)


def table(frame: Frame, *, key: str, leave_out: Sequence[str] = ()) -> None:
    """The first rows of a frame, without the columns `leave_out`."""
    kept = [index for index, column in enumerate(frame.columns) if column.name not in leave_out]
    shown = [tuple(row[index] for index in kept) for row in frame.rows[:MOST_ROWS]]
    parts.table(Frame(frame.name, tuple(frame.columns[index] for index in kept), shown), key=key)
    if len(frame.rows) > MOST_ROWS:
        count = current().number(len(frame.rows))
        parts.small(_("The first {shown} of {count} rows; the download has all of them.", shown=MOST_ROWS, count=count))
