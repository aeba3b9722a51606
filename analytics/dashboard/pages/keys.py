"""Keys: what each key cost, and where the money sits."""

import streamlit as st

from analytics.dashboard import answers, parts
from analytics.dashboard.filters import View
from analytics.dashboard.language import _


def main(view: View) -> None:
    """Show the page."""
    report = answers.answer("key-leaderboard", **view.scope)
    parts.heading(_("Keys"), view, report)
    if not report.frame.rows:
        parts.no_rows()
        return
    parts.notes(report)
    parts.table(report.frame, key="keys")
    parts.download(report, key="keys")


main(st.session_state["view"])
