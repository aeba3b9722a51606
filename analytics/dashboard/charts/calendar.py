"""A calendar of days: a month per row, with a colour and a mark for the state of each day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import plotly.graph_objects as go

from analytics.dashboard.charts.base import Figure, apply_layout
from analytics.dashboard.charts.theme import BACKGROUND, TEXT, Theme

STATES = ("present", "idle", "partial", "absent", "overlap")
"""The states of a day, from the best known to the least."""
MARKS = {"present": "", "idle": "·", "partial": "½", "absent": "×", "overlap": "+"}
"""The mark in the cell of a day, for readers who cannot tell the colours apart."""
FILLS = {
    "light": {"present": "#A9CBEA", "idle": "#E3ECF4", "partial": "#E3BC54", "absent": "#F0B6AC", "overlap": "#C79BBB"},
    "dark": {"present": "#2F6695", "idle": "#24323E", "partial": "#7D5F10", "absent": "#8C3B2C", "overlap": "#7A4A6F"},
}
"""The contrast to TEXT is at least 4.5:1, so that the marks can be read."""

ROW_HEIGHT = 26


@dataclass(frozen=True)
class Day:
    """One day: its state, one of STATES, and the text of its hover."""

    date: date
    state: str
    text: str


def calendar(
    days: Sequence[Day], months: dict[date, str], names: dict[str, str], theme: Theme, framed: tuple[date, date] | None = None
) -> Figure:
    """Return a row for each of `months` (first day: name, in order), with a column for each day of the month.

    `names` are those of the states in the legend. A frame is drawn around the days from `framed[0]` to before `framed[1]`.
    """
    rows = list(months)
    figure = Figure([_cells(days, rows, theme), *_legend({day.state for day in days}, names, theme)])
    apply_layout(figure, theme, 96 + ROW_HEIGHT * len(rows))
    figure.update_layout(
        showlegend=True,
        legend={"y": -14 / (ROW_HEIGHT * len(rows)), "itemclick": False, "itemdoubleclick": False},
        plot_bgcolor="rgba(0,0,0,0)",
    )
    figure.update_xaxes(range=[0.5, 31.5], tickvals=[1, 5, 10, 15, 20, 25, 31], showgrid=False, zeroline=False, side="top", ticks="")
    figure.update_yaxes(
        range=[len(rows) - 0.5, -0.5],
        tickvals=list(range(len(rows))),
        ticktext=list(months.values()),
        showgrid=False,
        zeroline=False,
        ticks="",
    )
    for left, right, row in _row_spans(framed, rows) if framed else ():
        edge = {"color": TEXT[theme.name], "width": 1.5}
        figure.add_shape(type="rect", x0=left - 0.5, x1=right + 0.5, y0=row - 0.5, y1=row + 0.5, line=edge)
    return figure


def _cells(days: Sequence[Day], rows: list[date], theme: Theme) -> go.Heatmap:
    fills = FILLS[theme.name]
    last = len(STATES) - 1
    scale = [(edge, fills[state]) for number, state in enumerate(STATES) for edge in (number / (last + 1), (number + 1) / (last + 1))]
    return go.Heatmap(
        x=[day.date.day for day in days],
        y=[rows.index(day.date.replace(day=1)) for day in days],
        z=[STATES.index(day.state) for day in days],
        zmin=-0.5,
        zmax=last + 0.5,
        colorscale=scale,
        showscale=False,
        xgap=1,
        ygap=2,
        text=[MARKS[day.state] for day in days],
        texttemplate="%{text}",
        textfont={"color": TEXT[theme.name], "size": 12},
        customdata=[day.text for day in days],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _legend(states: set[str], names: dict[str, str], theme: Theme) -> list[go.Scatter]:
    """Return a legend entry for each of the `states`, with its mark and its colour."""
    return [
        go.Scatter(
            x=[None],
            y=[None],
            mode="markers",
            name=f"{MARKS[state]} {names[state]}".strip(),
            marker={
                "symbol": "square",
                "size": 13,
                "color": FILLS[theme.name][state],
                "line": {"width": 1, "color": BACKGROUND[theme.name]},
            },
            hoverinfo="skip",
        )
        for state in STATES
        if state in states
    ]


def _row_spans(framed: tuple[date, date], rows: list[date]) -> list[tuple[int, int, int]]:
    """Return first day, last day and row of the framed days in each month that has any."""
    first, end = framed
    spans = []
    for row, month in enumerate(rows):
        month_end = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        start, stop = max(first, month), min(end - timedelta(days=1), month_end)
        if start <= stop:
            spans.append((start.day, stop.day, row))
    return spans
