"""Month: the statement of a month per account and currency."""

import streamlit as st

from analytics.dashboard import answers, parts
from analytics.dashboard.filters import View
from analytics.dashboard.language import _


def main(view: View) -> None:
    """Show the page."""
    report = answers.answer("statement", **view.scope)
    parts.heading(_("Month"), view, report)
    if not report.frame.rows:
        parts.no_rows()
        return
    parts.notes(report)
    parts.table(report.frame, key="month")
    parts.download(report, key="month")


main(st.session_state["view"])
