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
    """A figure in a card; `alt` is what it says to who cannot see it. The rows it was drawn from are one click away."""
    with layout.card(title, unit, key=key):
        picture(figure, alt=alt, key=key)
        tables.rows(report, key=key)


def picture(figure: Figure, *, alt: str, key: str) -> None:
    """A figure in a card, of which the page shows the rows and the download itself."""
    # Names in `alt` come as the figure has them, escaped for Plotly; here they are plain text.
    st.plotly_chart(figure, theme=None, config=base.CONFIG, key=key, alt=html.unescape(alt), width="stretch")
