"""What stays small and quick in any ledger: the first rows of a table, and files that are made only when they are asked for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from analytics import Frame, chromium
from analytics.dashboard import answers, parts
from analytics.dashboard.filters import View
from analytics.dashboard.language import _, current
from analytics.writers import document_writer, writer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics import Keyspend
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


def download(name: str, view: View, *, key: str) -> None:
    """A button that saves a report about a view, which is asked for when it is pressed: the bytes of `keyspend report … --format csv`."""
    ledger, scope = answers.ledger(), view.scope
    st.download_button(
        _("Download CSV"),
        lambda: writer("csv")(ledger.report(name, **scope)),
        file_name=f"{name}_{scope['start']}_{scope['end']}_{scope['currency']}.csv",
        mime="text/csv",
        key=f"download-{key}",
        on_click="ignore",
        icon=":material/download:",
        help=_("Every digit, as `keyspend {command}` writes it.", command=f"report {name}"),
    )


MEDIA_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html",
    "pdf": "application/pdf",
}
"""The formats of documents, PDF where this machine has a browser that prints it."""


def pack(view: View) -> None:
    """Buttons that save the pack of the view's month, in all its currencies: the bytes of `keyspend report month-pack … --format …`."""
    scope = {name: view.scope[name] for name in ("start", "end", "account")}
    for name, media_type in MEDIA_TYPES.items():
        if name == "pdf" and not chromium.find():
            continue
        st.download_button(
            name.upper(),
            partial(_packed, answers.ledger(), name, scope),
            file_name=f"month-pack_{scope['start']}_{scope['end']}.{name}",
            mime=media_type,
            key=f"download-pack-{name}",
            on_click="ignore",
            icon=":material/download:",
            help=_("As `keyspend {command}` writes it.", command=f"report month-pack --format {name}"),
        )


def _packed(ledger: Keyspend, name: str, scope: dict[str, Any]) -> bytes:
    return document_writer(name)(ledger.document("month-pack", **scope))
