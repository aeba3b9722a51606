"""The page data."""

import streamlit as st

from analytics.dashboard import answers, parts
from analytics.dashboard.filters import View


def main(view: View) -> None:
    """Show the page."""
    report = answers.answer("coverage", **view.scope)
    parts.table(report.frame, key="coverage")
    parts.download(report, key="coverage")


main(st.session_state["view"])
