"""Data: what was imported, and which days are known, partial or in doubt. Without data, `view` is None."""

import streamlit as st

from analytics.dashboard import answers, parts
from analytics.dashboard.filters import View
from analytics.dashboard.language import _


def main(view: View | None) -> None:
    """Show the page."""
    if view is None:
        parts.nothing_imported()
        return
    coverage = answers.answer("coverage", start=view.scope["start"], end=view.scope["end"], account=view.account)
    parts.heading(_("Data"), view, coverage)
    parts.notes(coverage)
    with parts.card(_("Imports"), _("The ledger of imports, and the days that each owns now"), key="imports"):
        imports = answers.sql("SELECT * FROM imports ORDER BY import_id")
        parts.table(imports, key="imports")
        parts.download_imports(imports, key="imports")
    with parts.card(_("Coverage"), _("The days of this period, and the import that owns each"), key="coverage"):
        parts.table(coverage.frame, key="coverage")
        parts.download(coverage, key="coverage")


main(st.session_state["view"])
