"""Totals divided into parts: rows of stacked bars, the same rows in each panel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from analytics.dashboard.charts import amount_axis
from analytics.dashboard.charts.base import Figure, apply_layout
from analytics.dashboard.charts.theme import BACKGROUND, Theme

ROW_PIXELS = 46
TITLE_PIXELS = 38
LEGEND_PIXELS = 62


@dataclass(frozen=True)
class Part:
    """One part of every total: its values in the order of the rows, and the text of each."""

    name: str
    colour: str
    values: Sequence[Decimal | int]
    exact: Sequence[str]


@dataclass(frozen=True)
class SharePanel:
    """A panel: its title, the parts, the text of the total of each row, and the sign before amounts."""

    title: str
    parts: Sequence[Part]
    sums: Sequence[str]
    sign: str = ""


def stacked_shares(rows: Sequence[str], panels: Sequence[SharePanel], theme: Theme) -> Figure:
    """Return the panels, one below the other, with a bar of parts for each row, the first on top."""
    plots = len(panels) * ROW_PIXELS * max(len(rows), 1)
    inside = plots + (len(panels) - 1) * (TITLE_PIXELS + 26)
    figure = make_subplots(rows=len(panels), vertical_spacing=(TITLE_PIXELS + 26) / inside)
    apply_layout(figure, theme, inside + TITLE_PIXELS + LEGEND_PIXELS + 26)
    for number, panel in enumerate(panels, 1):
        for part in panel.parts:
            figure.add_trace(_bar(part, theme, number == 1), row=number, col=1)
        sums = [float(sum(values)) for values in zip(*(part.values for part in panel.parts), strict=True)]
        figure.update_xaxes(amount_axis.amounts(sums, theme, panel.sign), nticks=4, tickangle=0, row=number, col=1)
        _label_rows(figure, rows, panel, number)
    legend = {"traceorder": "normal", "yref": "container", "y": 0, "yanchor": "bottom"}
    figure.update_layout(barmode="stack", bargap=0.45, hovermode="closest", legend=legend, margin={"t": TITLE_PIXELS - 6})
    return figure


def _bar(part: Part, theme: Theme, is_first: bool) -> go.Bar:
    return go.Bar(
        name=part.name,
        y=list(range(len(part.values))),
        x=[float(value) for value in part.values],
        customdata=part.exact,
        orientation="h",
        legendgroup=part.name,
        showlegend=is_first,
        marker={"color": part.colour, "line": {"width": 0.5, "color": BACKGROUND[theme.name]}},
        hovertemplate="%{fullData.name}: %{customdata}<extra></extra>",
    )


def _label_rows(figure: Figure, rows: Sequence[str], panel: SharePanel, number: int) -> None:
    figure.update_yaxes(
        range=[len(rows) - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
        tickvals=list(range(len(rows))),
        ticktext=[f"{name} <br><b>{total}</b> " for name, total in zip(rows, panel.sums, strict=True)],
        row=number,
        col=1,
    )
    top = figure.layout["yaxis" if number == 1 else f"yaxis{number}"].domain[1]
    figure.add_annotation(
        text=f"<b>{panel.title}</b>", showarrow=False, xref="paper", yref="paper", x=0, xanchor="left", y=top, yanchor="bottom", yshift=4
    )
