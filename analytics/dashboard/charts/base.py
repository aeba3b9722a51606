"""Figures of named series: stacked bars over days and rankings, and the layout that all figures share.

Money becomes a float only in this package, as the last step to pixels; the hover shows the `exact` text of each value. Names must
come from `safe_text.plotly`: Plotly reads markup in names, ticks and hovers. Every hover template is a constant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, Protocol, TypeAlias

import plotly.graph_objects as go

from analytics.dashboard.charts import amount_axis, text_width
from analytics.dashboard.charts.theme import BACKGROUND, GRID, TEXT, Theme

Figure: TypeAlias = go.Figure

MONTH = timedelta(28)
MOST_TICKS = 6
"""The days labelled on an axis: as many as a telephone has room for."""

FIXED_LABELS = {"automargin": False, "ticklabeloverflow": "allow"}
"""Settings of an axis whose margin has room for its labels: measuring them makes a browser draw the figure twice."""
LABEL_HEIGHT, HALF_LABEL_WIDTH = 32, 18
"""The pixels of a line of labels below an axis, and of half of the last label at its end."""

CONFIG = {"displayModeBar": False, "displaylogo": False, "showSendToCloud": False, "responsive": True}
"""The configuration for st.plotly_chart: no toolbar over the bars, and no button that sends data anywhere."""


class ValuesByDay(Protocol):
    """Days with a value, or None, for each."""

    @property
    def days(self) -> Sequence[date]:
        """The days."""

    @property
    def values(self) -> Sequence[Decimal | None]:
        """A value, or None, for each day."""


@dataclass
class Series:
    """One stack or line: a value per day, the text of each value, and whether the day was in progress when exported."""

    name: str
    colour: str
    days: list[date] = field(default_factory=list)
    values: list[Decimal] = field(default_factory=list)
    exact: list[str] = field(default_factory=list)
    partial: list[bool] = field(default_factory=list)


@dataclass(frozen=True)
class Bar:
    """One horizontal bar; `value` may be negative."""

    name: str
    colour: str
    value: Decimal
    exact: str


def stacked_bars(series: Sequence[Series], theme: Theme, *, height: int = 380) -> Figure:
    """Return bars over days, stacked in the order of `series`; days in progress are hatched."""
    ticks = tick_days(sorted({day for one in series for day in one.days}))
    days = {
        "type": "date",
        "tickformat": theme.day_format,
        "hoverformat": theme.day_format,
        "showgrid": False,
        "tickvals": ticks,
        "tickangle": 0,
        "ticklabelstandoff": 6,
        **FIXED_LABELS,
    }
    totals = stack_heights(series)
    amounts = amount_axis.amounts(totals, theme, theme.sign) | FIXED_LABELS | {"rangemode": "tozero"}
    margin = {"l": amount_axis.label_width(max(totals, default=0), theme, theme.sign), "b": LABEL_HEIGHT, "r": HALF_LABEL_WIDTH}
    layout = figure_layout(theme, height, xaxis=days, yaxis=amounts, margin=margin, legend={"traceorder": "normal"})
    return Figure([stack_trace(one, theme) for one in series], layout | {"barmode": "stack", "bargap": 0.15, "hovermode": "x unified"})


def stack_heights(series: Sequence[ValuesByDay]) -> list[float]:
    """Return the height of the stack of each day, in the order in which days occur."""
    totals: dict[date, float] = {}
    for lane in series:
        for day, value in zip(lane.days, lane.values, strict=True):
            totals[day] = totals.get(day, 0.0) + float(value or 0)
    return list(totals.values())


def tick_days(days: Sequence[date]) -> list[date]:
    """Return the days to label on an axis, evenly spaced even where days without usage are missing; of months, some of those given."""
    gap = min((later - day for day, later in pairwise(days)), default=timedelta(1))
    if gap >= MONTH:
        return list(days[:: 1 + len(days) // MOST_TICKS])
    steps = (days[-1] - days[0]) // gap if days else 0
    stride = 1 + steps // MOST_TICKS
    return [days[0] + gap * step for step in range(0, steps + 1, stride)] if days else []


def stack_trace(series: Series, theme: Theme) -> go.Bar:
    """Return one series as a trace of stacked bars; days in progress are hatched."""
    marker: dict[str, Any] = {"color": series.colour, "line": {"width": 0.5, "color": BACKGROUND[theme.name]}}
    if any(series.partial):
        marker["pattern"] = {"shape": ["/" if partial else "" for partial in series.partial], "solidity": 0.4}
    return go.Bar(
        name=series.name,
        x=series.days,
        y=[float(value) for value in series.values],
        customdata=series.exact,
        marker=marker,
        hovertemplate="%{fullData.name}: %{customdata}<extra></extra>",
    )


def ranking(bars: Sequence[Bar], theme: Theme, *, rows: int = 0) -> Figure:
    """Return horizontal bars, the first on top, next to names with their amounts; negative ones to the left.

    The figure is as high as for `rows` bars, where it has fewer.
    """
    rows = max(len(bars), rows, 2)
    values = [float(bar.value) for bar in bars]
    amounts = amount_axis.amounts(values, theme, theme.sign) | FIXED_LABELS | {"nticks": 4, "tickangle": 0, "zeroline": True}
    labels = [f"{text_width.fitted(bar.name)} <br><b>{bar.exact}</b> " for bar in bars]
    # Positions are numbers, because two keys of one name are two bars; the amount below the name has room at any width.
    names = {
        "range": [rows - 0.5, -0.5],
        "showgrid": False,
        "zeroline": False,
        "tickvals": list(range(len(bars))),
        "ticktext": labels,
        **FIXED_LABELS,
    }
    margin = {"l": text_width.label_width(labels), "b": LABEL_HEIGHT, "r": HALF_LABEL_WIDTH}
    trace = go.Bar(
        y=list(range(len(bars))),
        x=values,
        customdata=[[bar.name, bar.exact] for bar in bars],
        orientation="h",
        marker={"color": [bar.colour for bar in bars]},
        hovertemplate="%{customdata[0]}: %{customdata[1]}<extra></extra>",
    )
    return Figure(
        trace, figure_layout(theme, 50 + 46 * rows, xaxis=amounts, yaxis=names, margin=margin) | {"showlegend": False, "bargap": 0.45}
    )


def apply_layout(figure: Figure, theme: Theme, height: int) -> None:
    """Set the shared layout of a figure."""
    layout = figure_layout(theme, height)
    axes = {name: layout.pop(name) for name in ("xaxis", "yaxis")}
    figure.update_layout(layout)
    figure.update_xaxes(axes["xaxis"])
    figure.update_yaxes(axes["yaxis"])


def figure_layout(theme: Theme, height: int, **overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return the layout that all figures share: the colours of the theme, a legend below, nothing to drag, a fixed height.

    `overrides` are merged into it. A layout that is given to a figure whole costs a tenth of one that is changed step by step.
    """
    text, grid = TEXT[theme.name], GRID[theme.name]
    axis = {
        "gridcolor": grid,
        "zerolinecolor": grid,
        "automargin": True,
        "ticks": "",
        "fixedrange": True,
        "exponentformat": "B",
        "separatethousands": True,
    }
    common: dict[str, Any] = {
        "template": "none",
        "height": height,
        "margin": {"l": 4, "r": 4, "t": 8, "b": 4},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": text, "size": 13, "family": "Source Sans, sans-serif"},
        "legend": {"orientation": "h", "yanchor": "top", "y": -0.12, "x": 0},
        "hoverlabel": {"bgcolor": BACKGROUND[theme.name], "font": {"color": text}, "namelength": -1},
        "dragmode": False,
        "xaxis": axis,
        "yaxis": axis,
    }
    return common | {part: common.get(part, {}) | values for part, values in overrides.items()}
