"""Tables of reports: sortable rows under names in the visitor's language, and the fold that holds the rows of a chart."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import streamlit as st

from analytics.core.frame import Frame
from analytics.dashboard.components import downloads, layout
from analytics.dashboard.i18n.column_labels import COLUMNS, VALUED, VALUES
from analytics.dashboard.i18n.safe_text import clean, mask
from analytics.dashboard.i18n.translation import _, current

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow

    from analytics.reports.report import Report


MOST_ROWS = 200
"""How many rows a table sends to the browser; the download has all."""


@st.fragment
def rows(report: Report, *, key: str, leave_out: Sequence[str] = ()) -> None:
    """The rows of a report, but for the columns `leave_out`, and their download: folded away, and sent when they are unfolded.

    Unfolding makes this part of the page again, and no other.
    """
    with st.expander(_("Rows and download"), icon=":material/table_rows:", key=f"rows-{key}", on_change="rerun") as fold:
        if fold.open:
            table(report.frame, key=key, leave_out=leave_out)
            downloads.report_button(report, key=key)


def table(
    frame: Frame, *, key: str, height: int | Literal["auto"] = "auto", only: Sequence[str] = (), leave_out: Sequence[str] = ()
) -> None:
    """The rows of a frame, sortable, under names in the visitor's language; money rounded for the eye, exact in the download.

    At most MOST_ROWS of them are sent, and said to be the first; `only` names the columns to show, or `leave_out` those to hide,
    where not all are.
    """
    first = replace(frame, rows=frame.rows[:MOST_ROWS])
    shown = _columns(first, only or [name for name in frame.names if name not in leave_out and _is_told(first, name)])
    with st.container(key=f"table-{key}"):
        st.dataframe(
            plain_rows(shown),
            hide_index=True,
            height=height,
            column_config={column.name: column_config(column.name, column.type) for column in shown.columns},
            placeholder="–",
            lazy=True,  # of many thousand rows the browser is sent those in sight
            alt=_("Table, rows: {count}", count=len(shown.rows)),
        )
    if len(frame.rows) > MOST_ROWS:
        layout.small(
            _("The first {shown} of {count} rows; the download has all.", shown=MOST_ROWS, count=current().number(len(frame.rows)))
        )


def _is_told(frame: Frame, name: str) -> bool:
    """Whether any row has something in a column. Without rows all columns are shown."""
    return not frame.rows or any(value not in (None, "") for value in frame.values(name))


def _columns(frame: Frame, names: Sequence[str]) -> Frame:
    """A frame with these columns alone, in this order."""
    at = [frame.names.index(name) for name in names]
    return Frame(frame.name, tuple(frame.columns[place] for place in at), [tuple(row[place] for place in at) for row in frame.rows])


def _word(value: object) -> str:
    """A value of ours in the visitor's language, anybody's as it is."""
    return _(VALUES[value]) if isinstance(value, str) and value in VALUES else clean(value)


def plain_rows(frame: Frame) -> pyarrow.Table:
    """A frame as Arrow, with names made plain, masks folded and our own values in the visitor's language."""
    special = {"api_key": mask, "best_api_key": mask, **dict.fromkeys(VALUED, _word)}
    makers = [special.get(column.name, clean) if column.type == "VARCHAR" else None for column in frame.columns]
    plain = [tuple(make(cell) if make and cell is not None else cell for make, cell in zip(makers, row, strict=True)) for row in frame.rows]
    return Frame(frame.name, frame.columns, plain).to_arrow()


def column_config(name: str, kind: str) -> Any:
    """How a column of the vocabulary is shown: its word, and the format of its kind."""
    label = _(COLUMNS[name]) if name in COLUMNS else name.replace("_", " ")
    if name.endswith("_ratio"):
        return st.column_config.NumberColumn(label, format="percent")
    if name.startswith("cost_per") or name.endswith("_price"):
        return st.column_config.NumberColumn(label, format="%.12f" if name == "unit_price" else "%,.4f")
    if kind.startswith("DECIMAL"):
        return st.column_config.NumberColumn(label, format="%,.2f")
    if kind in ("BIGINT", "HUGEINT", "INTEGER"):
        return st.column_config.NumberColumn(label, format="plain" if name.endswith("_id") else "localized")
    if kind == "DATE":
        return st.column_config.DateColumn(label, format="YYYY-MM-DD")
    return st.column_config.Column(label)
