"""From a frame to a figure: the only importer of plotly; it asks nothing, shows nothing and adds nothing up.

A figure shows the rows that it is given, in their order; money becomes a float only here, as the last step to pixels.
Names must come as `plain.plotly` makes them: Plotly reads markup in names, ticks and hovers.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

PALETTES = {
    "light": ("#0B63B0", "#B38B29", "#812803", "#3C93F1", "#793E6A", "#BB3F48", "#DF67A6"),
    "dark": ("#5AA9F0", "#EDD539", "#965E03", "#5D59D9", "#6CE6EE", "#C39562", "#15795D"),
}
"""Told apart by people with any colour vision (least CIEDE2000 distance 12), each at least 3:1 against its background."""
OTHER = {"light": "#767676", "dark": "#9A9A9A"}
BACKGROUND = {"light": "#FFFFFF", "dark": "#171614"}
TEXT = {"light": "#1B1F24", "dark": "#ECEAE6"}
GRID = {"light": "#E7EAEE", "dark": "#33312E"}

CONFIG = {"displayModeBar": False, "displaylogo": False, "showSendToCloud": False, "responsive": True}
"""What st.plotly_chart must be given: no toolbar over the bars, and no button that sends data anywhere."""


@dataclass(frozen=True)
class Look:
    """How figures look for one visitor: theme `light` or `dark`, currency sign, and d3 formats for days and months."""

    theme: str
    currency_sign: str
    day_format: str

    def colours(self, ranked: Sequence[Hashable]) -> dict[Hashable, str]:
        """The colour of each name by its rank over all time, so that it is the same on every page; grey after the seventh."""
        palette = PALETTES[self.theme]
        return {name: palette[rank] if rank < len(palette) else OTHER[self.theme] for rank, name in enumerate(ranked)}


@dataclass(frozen=True)
class Series:
    """One named line or stack: `values` beside `positions`, with `exact` texts for the hover."""

    name: str
    colour: str
    positions: Sequence[Any]
    values: Sequence[Any]
    exact: Sequence[str]


def stacked(series: Sequence[Series], look: Look, *, height: int = 360) -> go.Figure:
    """Bars over days, stacked in the order of `series`; the hover shows the exact amount of each."""
    bars = [
        go.Bar(
            name=one.name,
            x=list(one.positions),
            y=[float(value) for value in one.values],
            customdata=list(one.exact),
            marker={"color": one.colour, "line": {"width": 0.5, "color": BACKGROUND[look.theme]}},
            hovertemplate="%{fullData.name}: %{customdata}<extra></extra>",
        )
        for one in series
    ]
    figure = go.Figure(bars)
    _dress(figure, look, height)
    figure.update_layout(barmode="stack", bargap=0.15, hovermode="x unified", legend={"traceorder": "normal"})
    figure.update_xaxes(type="date", tickformat=look.day_format, hoverformat=look.day_format)
    figure.update_yaxes(tickprefix=look.currency_sign, rangemode="tozero")
    return figure


def ranking(series: Sequence[Series], look: Look) -> go.Figure:
    """Horizontal bars, the first on top: one series each, with its exact amount as text."""
    figure = go.Figure(
        go.Bar(
            y=[one.name for one in series],
            x=[float(one.values[0]) for one in series],
            customdata=[one.exact[0] for one in series],
            text=[one.exact[0] for one in series],
            textposition="auto",
            orientation="h",
            marker={"color": [one.colour for one in series]},
            hovertemplate="%{y}: %{customdata}<extra></extra>",
        )
    )
    _dress(figure, look, 60 + 44 * max(len(series), 2))
    figure.update_layout(showlegend=False, bargap=0.35)
    figure.update_yaxes(autorange="reversed", automargin=True, showgrid=False, ticksuffix=" ")
    figure.update_xaxes(tickprefix=look.currency_sign, automargin=True, nticks=5)
    return figure


def _dress(figure: go.Figure, look: Look, height: int) -> None:
    """What all figures have in common: our colours, no toolbar, a legend above that wraps, room that does not jump."""
    text, grid = TEXT[look.theme], GRID[look.theme]
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": text, "size": 13},
        legend={"orientation": "h", "yanchor": "top", "y": -0.12, "x": 0, "font": {"color": text}},
        hoverlabel={"bgcolor": BACKGROUND[look.theme], "font": {"color": text}, "namelength": -1},
        dragmode=False,
    )
    axis: Mapping[str, Any] = {"gridcolor": grid, "zerolinecolor": grid, "automargin": True, "fixedrange": True, "title": None}
    figure.update_xaxes(**axis)
    figure.update_yaxes(**axis, exponentformat="B")
