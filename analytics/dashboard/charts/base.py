"""From named series to a figure: the only importer of plotly; it asks nothing, shows nothing and adds nothing up.

Money becomes a float only here, as the last step to pixels; the hover shows the `exact` text that comes with each value. Names
must be made by `plain.plotly`: Plotly reads markup in names, ticks and hovers. Every template is a constant of this module.
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
"""Days named on an axis: as many as a telephone has room for."""

MEASURED = {"automargin": False, "ticklabeloverflow": "allow"}
"""Of an axis whose labels have the room that they need: measuring them makes a browser draw the figure twice."""
BELOW, BESIDE = 32, 18
"""The room for a line of labels below an axis, and for half of the last label beside it."""

CONFIG = {"displayModeBar": False, "displaylogo": False, "showSendToCloud": False, "responsive": True}
"""What st.plotly_chart must be given: no toolbar over the bars, and no button that sends data anywhere."""


class Lane(Protocol):
    """What has a value, or none, on each of some days."""

    @property
    def days(self) -> Sequence[date]:
        """The days."""

    @property
    def values(self) -> Sequence[Decimal | None]:
        """A value for each."""


@dataclass
class Series:
    """One stack or line: `values` beside `days`, the text of each value, and the days that were in progress when exported."""

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


def stacked(series: Sequence[Series], theme: Theme, *, height: int = 380) -> Figure:
    """Bars over days, stacked in the order of `series`; days in progress are hatched."""
    ticks = named_days(sorted({day for one in series for day in one.days}))
    days = {
        "type": "date",
        "tickformat": theme.day_format,
        "hoverformat": theme.day_format,
        "showgrid": False,
        "tickvals": ticks,
        "tickangle": 0,
        "ticklabelstandoff": 6,
        **MEASURED,
    }
    known = heights(series)
    amounts = amount_axis.amounts(known, theme, theme.sign) | MEASURED | {"rangemode": "tozero"}
    margin = {"l": amount_axis.labels_room(max(known, default=0), theme, theme.sign), "b": BELOW, "r": BESIDE}
    layout = dressed(theme, height, xaxis=days, yaxis=amounts, margin=margin, legend={"traceorder": "normal"})
    return Figure([stack(one, theme) for one in series], layout | {"barmode": "stack", "bargap": 0.15, "hovermode": "x unified"})


def heights(series: Sequence[Lane]) -> list[float]:
    """How high the stack of each day is."""
    found: dict[date, float] = {}
    for one in series:
        for day, value in zip(one.days, one.values, strict=True):
            found[day] = found.get(day, 0.0) + float(value or 0)
    return list(found.values())


def named_days(days: Sequence[date]) -> list[date]:
    """The days to name on an axis, evenly apart even where days without use are missing; of months, some that are there."""
    gap = min((later - day for day, later in pairwise(days)), default=timedelta(1))
    if gap >= MONTH:
        return list(days[:: 1 + len(days) // MOST_TICKS])
    steps = (days[-1] - days[0]) // gap if days else 0
    each = 1 + steps // MOST_TICKS
    return [days[0] + gap * step for step in range(0, steps + 1, each)] if days else []


def stack(one: Series, theme: Theme) -> go.Bar:
    """One series as a stack of bars; days in progress are hatched."""
    marker: dict[str, Any] = {"color": one.colour, "line": {"width": 0.5, "color": BACKGROUND[theme.name]}}
    if any(one.partial):
        marker["pattern"] = {"shape": ["/" if partial else "" for partial in one.partial], "solidity": 0.4}
    return go.Bar(
        name=one.name,
        x=one.days,
        y=[float(value) for value in one.values],
        customdata=one.exact,
        marker=marker,
        hovertemplate="%{fullData.name}: %{customdata}<extra></extra>",
    )


def ranking(bars: Sequence[Bar], theme: Theme, *, rows: int = 0) -> Figure:
    """Horizontal bars, the first on top, beside names with their amounts; negative ones to the left. There is room for `rows`."""
    rows = max(len(bars), rows, 2)
    values = [float(bar.value) for bar in bars]
    amounts = amount_axis.amounts(values, theme, theme.sign) | MEASURED | {"nticks": 4, "tickangle": 0, "zeroline": True}
    labels = [f"{text_width.fitted(bar.name)} <br><b>{bar.exact}</b> " for bar in bars]
    # Positions are numbers, because two keys of one name are two bars; the amount below the name has room at any width.
    names = {
        "range": [rows - 0.5, -0.5],
        "showgrid": False,
        "zeroline": False,
        "tickvals": list(range(len(bars))),
        "ticktext": labels,
        **MEASURED,
    }
    margin = {"l": text_width.beside(labels), "b": BELOW, "r": BESIDE}
    drawn = go.Bar(
        y=list(range(len(bars))),
        x=values,
        customdata=[[bar.name, bar.exact] for bar in bars],
        orientation="h",
        marker={"color": [bar.colour for bar in bars]},
        hovertemplate="%{customdata[0]}: %{customdata[1]}<extra></extra>",
    )
    return Figure(drawn, dressed(theme, 50 + 46 * rows, xaxis=amounts, yaxis=names, margin=margin) | {"showlegend": False, "bargap": 0.45})


def dress(figure: Figure, theme: Theme, height: int) -> None:
    """Give a figure what all have in common."""
    layout = dressed(theme, height)
    axes = {name: layout.pop(name) for name in ("xaxis", "yaxis")}
    figure.update_layout(layout)
    figure.update_xaxes(axes["xaxis"])
    figure.update_yaxes(axes["yaxis"])


def dressed(theme: Theme, height: int, **own: Mapping[str, Any]) -> dict[str, Any]:
    """A layout with what all figures have in common: our colours, a legend below, nothing to drag, room that does not jump.

    `own` parts of it are added to ours. A layout that is given to a figure whole costs a tenth of one that is changed step by step.
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
    return common | {part: common.get(part, {}) | values for part, values in own.items()}
