"""The page month."""

import streamlit as st

from analytics.dashboard import answers, parts
from analytics.dashboard.filters import View


def main(view: View) -> None:
    """Show the page."""
    report = answers.answer("spend-by-month", **view.scope)
    parts.table(report.frame, key="spend-by-month")
    parts.download(report, key="spend-by-month")


main(st.session_state["view"])
