"""The page keys."""

import streamlit as st

from analytics.dashboard import answers, parts
from analytics.dashboard.filters import View


def main(view: View) -> None:
    """Show the page."""
    report = answers.answer("spend-by-key", **view.scope)
    parts.table(report.frame, key="spend-by-key")
    parts.download(report, key="spend-by-key")


main(st.session_state["view"])
