"""Tokens: how much of each meter was used, and how much of the input came from the cache."""

import streamlit as st

from analytics.dashboard import answers, parts
from analytics.dashboard.filters import View
from analytics.dashboard.language import _


def main(view: View) -> None:
    """Show the page."""
    report = answers.answer("tokens-by-day", **view.scope)
    parts.heading(_("Tokens"), view, report)
    if not report.frame.rows:
        parts.no_rows()
        return
    parts.notes(report)
    parts.table(report.frame, key="tokens")
    parts.download(report, key="tokens")


main(st.session_state["view"])
