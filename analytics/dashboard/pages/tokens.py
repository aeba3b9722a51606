"""The page tokens."""

import streamlit as st

from analytics.dashboard import answers, parts
from analytics.dashboard.filters import View


def main(view: View) -> None:
    """Show the page."""
    report = answers.answer("tokens-by-day", **view.scope)
    parts.table(report.frame, key="tokens-by-day")
    parts.download(report, key="tokens-by-day")


main(st.session_state["view"])
