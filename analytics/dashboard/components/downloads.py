"""What stays quick in any ledger: files of reports and documents that are made only when somebody wants them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from analytics.dashboard.data import query_cache
from analytics.dashboard.data.url_state import View
from analytics.dashboard.i18n.translation import _
from analytics.reports.catalog import compares
from analytics.writers import chromium, document_writer, writer

if TYPE_CHECKING:
    from analytics import Keyspend


def download(name: str, view: View, *, key: str) -> None:
    """A button that saves a report about a view, which is asked for when it is pressed: the bytes of `keyspend report … --format csv`."""
    ledger, scope = query_cache.ledger(), view.compared if compares(name) else view.scope
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
    scope = {name: view.compared[name] for name in ("start", "end", "account", "against")}
    for name, media_type in MEDIA_TYPES.items():
        if name == "pdf" and not chromium.find():
            continue
        st.download_button(
            name.upper(),
            partial(_packed, query_cache.ledger(), name, scope),
            file_name=f"month-pack_{scope['start']}_{scope['end']}.{name}",
            mime=media_type,
            key=f"download-pack-{name}",
            on_click="ignore",
            icon=":material/download:",
            help=_("As `keyspend {command}` writes it.", command=f"report month-pack --format {name}"),
        )


def _packed(ledger: Keyspend, name: str, scope: dict[str, Any]) -> bytes:
    return document_writer(name)(ledger.document("month-pack", **scope))
