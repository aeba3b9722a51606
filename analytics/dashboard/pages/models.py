"""The page models."""

import streamlit as st

from analytics.dashboard import answers, parts
from analytics.dashboard.filters import View


def main(view: View) -> None:
    """Show the page."""
    report = answers.answer("price-history", **view.scope)
    parts.table(report.frame, key="price-history")
    parts.download(report, key="price-history")


main(st.session_state["view"])
