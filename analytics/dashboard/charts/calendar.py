"""A calendar of days: a month per row, told apart by colour and by mark; it asks nothing and adds nothing up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import plotly.graph_objects as go

from analytics.dashboard.charts.base import Figure, dress
from analytics.dashboard.charts.theme import BACKGROUND, TEXT, Theme

STATES = ("present", "idle", "partial", "absent", "overlap")
"""What a day can be, from the best known to the least."""
MARKS = {"present": "", "idle": "·", "partial": "½", "absent": "×", "overlap": "+"}
"""What stands in the cell of a day, so that nobody needs to see colours."""
FILLS = {
    "light": {"present": "#A9CBEA", "idle": "#E3ECF4", "partial": "#E3BC54", "absent": "#F0B6AC", "overlap": "#C79BBB"},
    "dark": {"present": "#2F6695", "idle": "#24323E", "partial": "#7D5F10", "absent": "#8C3B2C", "overlap": "#7A4A6F"},
}
"""Far enough from TEXT for the marks to be read: at least 4.5:1."""

ROW_HEIGHT = 26


@dataclass(frozen=True)
class Day:
    """One day: its state, one of STATES, and what its hover says."""

    date: date
    state: str
    text: str


def calendar(
    days: Sequence[Day], months: dict[date, str], names: dict[str, str], theme: Theme, framed: tuple[date, date] | None = None
) -> Figure:
    """A row for each of `months` (first day: name, in order), a column for each day of the month.

    `names` says what the states are called in the legend. A frame is drawn around the days from `framed[0]` to before `framed[1]`.
    """
    rows = list(months)
    figure = Figure([_cells(days, rows, theme), *_legend({day.state for day in days}, names, theme)])
    dress(figure, theme, 96 + ROW_HEIGHT * len(rows))
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
    for left, right, row in _spans(framed, rows) if framed else ():
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


def _legend(met: set[str], names: dict[str, str], theme: Theme) -> list[go.Scatter]:
    """A name for each state that is met, with its mark, beside its colour."""
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
        if state in met
    ]


def _spans(framed: tuple[date, date], rows: list[date]) -> list[tuple[int, int, int]]:
    """The framed days as first and last day in each row that they touch."""
    first, end = framed
    touched = []
    for row, month in enumerate(rows):
        closes = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        start, stop = max(first, month), min(end - timedelta(days=1), closes)
        if start <= stop:
            touched.append((start.day, stop.day, row))
    return touched
