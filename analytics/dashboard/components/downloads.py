"""Buttons that save files: the CSV of a report, of imports or of the journal, and the month pack as a document.

Every file has the bytes that the command line writes, and is made when its button is pressed.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from analytics.dashboard.data import query_cache
from analytics.dashboard.i18n.translation import _
from analytics.reports.catalog import compares
from analytics.writers import FORMATS, chromium, document_writer, writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.api import Keyspend
    from analytics.core.frame import Frame
    from analytics.core.period import Period
    from analytics.dashboard.data.url_state import View
    from analytics.reports.report import Report

PACK_FORMATS = ("xlsx", "html", "pdf")
"""The formats of the month pack, PDF where this machine has a browser that prints it."""


def report_button(report: Report, *, key: str) -> None:
    """Show a button that saves the rows of a report as `keyspend report … --format csv` does."""
    frame, scope = report.frame, report.scope
    span = f"{scope.period.start or 'first'}_{scope.period.end or 'last'}"
    _csv_button(lambda: frame, f"{frame.name}_{span}{f'_{scope.currency}' if scope.currency else ''}", f"report {frame.name}", key)


def deferred_report_button(name: str, view: View, *, key: str) -> None:
    """Show a button that runs the report `name` for a view when it is pressed, and saves its rows as `report_button` does."""
    ledger, scope = query_cache.ledger(), view.compared if compares(name) else view.scope
    file_name = f"{name}_{scope['start']}_{scope['end']}_{scope['currency']}"
    _csv_button(lambda: ledger.report(name, **scope), file_name, f"report {name}", key)


def what_if_button(frame: Frame, period: Period, *, key: str) -> None:
    """Show a button that saves a repriced period as `keyspend what-if … --format csv` does."""
    _csv_button(lambda: frame, f"{frame.name}_{period.start or 'first'}_{period.end or 'last'}", "what-if", key)


def imports_button(frame: Frame, *, key: str) -> None:
    """Show a button that saves the list of imports as `keyspend imports --format csv` does."""
    _csv_button(lambda: frame, "imports", "imports", key)


def audit_button(frame: Frame, *, key: str) -> None:
    """Show a button that saves the acts of the journal as `keyspend audit --format csv` does."""
    _csv_button(lambda: frame, "audit", "audit", key)


def month_pack_buttons(view: View) -> None:
    """Show a button per format that saves the pack of the view's month in all currencies, as `keyspend report month-pack` does."""
    scope = {name: view.compared[name] for name in ("start", "end", "account", "against")}
    for format_name in PACK_FORMATS:
        if format_name == "pdf" and not chromium.find():
            continue
        st.download_button(
            format_name.upper(),
            partial(_month_pack, query_cache.ledger(), format_name, scope),
            file_name=f"month-pack_{scope['start']}_{scope['end']}.{format_name}",
            mime=FORMATS[format_name].media_type,
            key=f"download-pack-{format_name}",
            on_click="ignore",
            icon=":material/download:",
            help=_("As `keyspend {command}` writes it.", command=f"report month-pack --format {format_name}"),
        )


def _month_pack(ledger: Keyspend, format_name: str, scope: dict[str, Any]) -> bytes:
    return document_writer(format_name)(ledger.document("month-pack", **scope))


def _csv_button(frame: Callable[[], Frame], stem: str, command: str, key: str) -> None:
    """Show a button that saves `stem`.csv; `frame` is called when it is pressed, `command` writes the same bytes."""
    st.download_button(
        _("Download CSV"),
        lambda: writer("csv")(frame()),
        file_name=f"{stem}.csv",
        mime="text/csv",
        key=f"download-{key}",
        on_click="ignore",
        icon=":material/download:",
        help=_("Every digit, as `keyspend {command}` writes it.", command=command),
    )
