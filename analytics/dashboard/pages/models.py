"""Models and prices: what was paid for what, and when prices changed."""

import streamlit as st

from analytics.dashboard import answers, parts
from analytics.dashboard.filters import View
from analytics.dashboard.language import _


def main(view: View) -> None:
    """Show the page."""
    report = answers.answer("price-history", **view.scope)
    parts.heading(_("Models and prices"), view, report)
    if not report.frame.rows:
        parts.no_rows()
        return
    parts.notes(report)
    parts.table(report.frame, key="models")
    parts.download(report, key="models")


main(st.session_state["view"])
