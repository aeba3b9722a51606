"""Figures in cards: a chart with its title, its unit, its text for screen readers, and its rows with their download."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import streamlit as st

from analytics.dashboard.charts import base
from analytics.dashboard.charts.base import Figure
from analytics.dashboard.components import layout, tables

if TYPE_CHECKING:
    from analytics.reports.report import Report


def chart(figure: Figure, report: Report, *, title: str, unit: str, alt: str, key: str) -> None:
    """Show a figure in a card, with its rows and their download in a fold; `alt` is its text for screen readers."""
    with layout.card(title, unit, key=key):
        plot(figure, alt=alt, key=key)
        tables.rows_and_download(report, key=key)


def plot(figure: Figure, *, alt: str, key: str) -> None:
    """Show a figure alone, in a card of the page."""
    # Names in `alt` are escaped for Plotly, as in the figure; here they are plain text.
    st.plotly_chart(figure, theme=None, config=base.CONFIG, key=key, alt=html.unescape(alt), width="stretch")
