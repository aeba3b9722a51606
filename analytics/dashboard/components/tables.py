"""Tables of reports: sortable rows under names in the visitor's language, and the fold that holds the rows of a chart."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import streamlit as st

from analytics.core.columns import spec
from analytics.core.frame import Column, Frame
from analytics.dashboard.components import downloads, layout
from analytics.dashboard.i18n.code_labels import VALUES
from analytics.dashboard.i18n.safe_text import clean, mask
from analytics.dashboard.i18n.translation import _, current

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow

    from analytics.reports.report import Report


_PRICE_FORMATS = {"currency of the row per token": "%.12f"}
MOST_ROWS = 200
"""The most rows that a table sends to the browser; the download has all."""


@st.fragment
def rows_and_download(report: Report, *, key: str, leave_out: Sequence[str] = ()) -> None:
    """Show the rows of a report without the columns `leave_out`, and their download, in a fold; they are sent when it is opened.

    Opening it runs this part of the page again, and no other.
    """
    with st.expander(_("Rows and download"), icon=":material/table_rows:", key=f"rows-{key}", on_change="rerun") as fold:
        if fold.open:
            table(report.frame, key=key, leave_out=leave_out)
            downloads.report_button(report, key=key)


def table(
    frame: Frame, *, key: str, height: int | Literal["auto"] = "auto", only: Sequence[str] = (), leave_out: Sequence[str] = ()
) -> None:
    """Show the rows of a frame, sortable, under names in the visitor's language; money is rounded here and exact in the download.

    At most MOST_ROWS are sent, with a note below where there are more. `only` names the columns to show, or `leave_out` those to
    hide; empty columns are hidden too.
    """
    first = replace(frame, rows=frame.rows[:MOST_ROWS])
    selected = _columns(first, only or [name for name in frame.names if name not in leave_out and _has_values(first, name)])
    with st.container(key=f"table-{key}"):
        st.dataframe(
            display_rows(selected),
            hide_index=True,
            height=height,
            column_config={column.name: column_config(column) for column in selected.columns},
            placeholder="–",
            lazy=True,  # of many thousand rows the browser is sent those in sight
            alt=_("Table, rows: {count}", count=len(selected.rows)),
        )
    if len(frame.rows) > MOST_ROWS:
        layout.small_print(
            _("The first {shown} of {count} rows; the download has all.", shown=MOST_ROWS, count=current().number(len(frame.rows)))
        )


def _has_values(frame: Frame, name: str) -> bool:
    """Return whether a column has a value in any row; true without rows."""
    return not frame.rows or any(value not in (None, "") for value in frame.values(name))


def _columns(frame: Frame, names: Sequence[str]) -> Frame:
    """Return a frame with these columns in this order."""
    positions = [frame.names.index(name) for name in names]
    return Frame(
        frame.name,
        tuple(frame.columns[position] for position in positions),
        [tuple(row[position] for position in positions) for row in frame.rows],
    )


def _translated(value: object) -> str:
    """Return a code of Keyspend in the visitor's language, any other value as safe text."""
    return _(VALUES[value]) if isinstance(value, str) and value in VALUES else clean(value)


def display_rows(frame: Frame) -> pyarrow.Table:
    """Return a frame as Arrow, with safe names, folded masks, and codes in the visitor's language."""
    converters = {"mask": mask, "code": _translated}
    column_converters = [converters.get(spec(column).kind, clean) if column.type == "VARCHAR" else None for column in frame.columns]
    display = [
        tuple(convert(cell) if convert and cell is not None else cell for convert, cell in zip(column_converters, row, strict=True))
        for row in frame.rows
    ]
    return Frame(frame.name, frame.columns, display).to_arrow()


def column_config(column: Column) -> Any:
    """Return how Streamlit shows a column: its label, and the format of its kind."""
    column_spec = spec(column)
    label = _(column_spec.label) if column_spec.label else column.name.replace("_", " ")
    if column_spec.kind == "ratio":
        return st.column_config.NumberColumn(label, format="percent")
    if column_spec.kind == "price":
        return st.column_config.NumberColumn(label, format=_PRICE_FORMATS.get(column_spec.unit or "", "%,.4f"))
    if column.is_decimal:
        return st.column_config.NumberColumn(label, format="%,.2f")
    if column.type in ("BIGINT", "HUGEINT", "INTEGER"):
        return st.column_config.NumberColumn(label, format="plain" if column_spec.kind == "identifier" else "localized")
    if column.type == "DATE":
        return st.column_config.DateColumn(label, format="YYYY-MM-DD")
    return st.column_config.Column(label)
