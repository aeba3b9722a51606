"""Small multiples: panels one below the other over one axis of time, each with its own scale; names come as `charts` wants them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Generic, TypeAlias, TypeVar

import plotly.graph_objects as go

from analytics.dashboard.charts import amount_axis
from analytics.dashboard.charts.base import MOST_TICKS, Figure, Series, dressed, heights, named_days, stack
from analytics.dashboard.charts.theme import BACKGROUND, Theme

Trace: TypeAlias = go.Bar | go.Scatter

PANEL_PIXELS = 130
TITLE_PIXELS = 34
LEGEND_PIXELS = 76


@dataclass
class Steps:
    """The prices of one model and tier: each value holds from its day to the next, None ends a line. A peak's is dotted."""

    name: str
    colour: str
    is_peak: bool = False
    days: list[date] = field(default_factory=list)
    values: list[Decimal | None] = field(default_factory=list)
    exact: list[str] = field(default_factory=list)
    shown: list[bool] = field(default_factory=list)
    """Whether a point is a step, and not an end of what is known."""


Drawn = TypeVar("Drawn", Series, Steps)


@dataclass(frozen=True)
class Panel(Generic[Drawn]):
    """One small chart: what it is called, its series, and its scale: from 0 % to 100 %, or from 0 with a sign before amounts."""

    title: str
    series: Sequence[Drawn]
    sign: str = ""
    is_ratio: bool = False


def stacked_panels(panels: Sequence[Panel[Series]], theme: Theme, *, height: int | None = None) -> Figure:
    """Bars over days or hours, stacked in the order of each panel's series; what is not whole is hatched."""
    own: dict[str, str | float] = {"barmode": "stack", "bargap": 0.15, "hovermode": "x unified"}
    return _panels(panels, theme, lambda one: _bars(one, theme), height, _named(panels), own)


def line_panels(panels: Sequence[Panel[Series]], theme: Theme, *, height: int | None = None) -> Figure:
    """Lines over days or hours; a point that is not whole is an empty circle."""
    return _panels(panels, theme, lambda one: _line(one, theme), height, _named(panels), {"hovermode": "x unified"})


def step_panels(panels: Sequence[Panel[Steps]], theme: Theme, *, first: date, end: date, height: int | None = None) -> Figure:
    """Prices as steps from day `first` to before day `end`; a value stays until its next point."""
    whole = {"range": [first, end], "nticks": MOST_TICKS}
    return _panels(panels, theme, lambda one: [_steps(one)], height, whole, {"hovermode": "closest"})


def _panels(
    panels: Sequence[Panel[Drawn]],
    theme: Theme,
    draw: Callable[[Drawn], list[Trace]],
    height: int | None,
    ticks: dict[str, Any],
    own: dict[str, str | float],
) -> Figure:
    """The panels in a figure of that height, else each has room for itself; `ticks` are those of time, and `own` of the layout."""
    count = len(panels)
    height = height or count * (PANEL_PIXELS + TITLE_PIXELS) + LEGEND_PIXELS
    gap = TITLE_PIXELS / (height - TITLE_PIXELS - LEGEND_PIXELS)
    each = (1 - gap * (count - 1)) / count
    layout = dressed(theme, height, margin={"t": TITLE_PIXELS - 4})
    time, amounts = layout.pop("xaxis") | _time_axis(theme) | ticks, layout.pop("yaxis")
    traces: list[Trace] = []
    layout["annotations"] = []
    for number, panel in enumerate(panels, 1):
        at = "" if number == 1 else str(number)
        top = 1 - (number - 1) * (each + gap)
        shared = {"matches": f"x{count}", "showticklabels": False} if number < count else {}
        layout[f"xaxis{at}"] = time | {"anchor": f"y{at}"} | shared
        layout[f"yaxis{at}"] = amounts | _amounts(panel, theme) | {"anchor": f"x{at}", "domain": [max(top - each, 0), top]}
        layout["annotations"].append(_title(panel, top))
        traces += [trace.update(xaxis=f"x{at}", yaxis=f"y{at}") for one in panel.series for trace in draw(one)]
    layout["legend"] |= {"traceorder": "normal", "yref": "container", "y": 0, "yanchor": "bottom"}
    return Figure(traces, layout | {"showlegend": _one_legend(traces)} | own)


def _amounts(panel: Panel[Drawn], theme: Theme) -> dict[str, Any]:
    ratio = {"tickformat": ".0%", "range": [0, 1.04], "tickvals": [0, 0.25, 0.5, 0.75, 1]} if panel.is_ratio else {}
    return amount_axis.amounts(heights(panel.series), theme, panel.sign) | {"nticks": 5, "rangemode": "tozero"} | ratio


def _title(panel: Panel[Drawn], top: float) -> dict[str, Any]:
    place = {"xref": "paper", "yref": "paper", "x": 0, "xanchor": "left", "y": top, "yanchor": "bottom", "yshift": 4}
    return {"text": f"<b>{panel.title}</b>", "showarrow": False, **place}


def _one_legend(traces: Sequence[Trace]) -> bool:
    """Each name once, for all panels; choosing it there hides it in all of them. Returns whether there are several."""
    told: set[str] = set()
    for trace in traces:
        trace.update(legendgroup=trace.name, showlegend=trace.name not in told)
        told.add(trace.name)
    return len(told) > 1


def _time_axis(theme: Theme) -> dict[str, Any]:
    return {
        "type": "date",
        "tickformat": theme.day_format,
        "hoverformat": theme.day_format.replace("<br>", ", "),
        "showgrid": False,
        "tickangle": 0,
        "ticklabelstandoff": 6,
    }


def _named(panels: Sequence[Panel[Series]]) -> dict[str, Any]:
    """The days that an axis names."""
    return {"tickvals": named_days(sorted({day for panel in panels for one in panel.series for day in one.days}))}


def _bars(one: Series, theme: Theme) -> list[Trace]:
    """What is whole, then what is not; apart, so that the legend shows a full colour."""
    halves = [_half(one, partial=partial) for partial in (False, True)]
    return [stack(half, theme) for half in halves if half.days]


def _half(one: Series, *, partial: bool) -> Series:
    half = Series(one.name, one.colour)
    for day, value, exact, told in zip(one.days, one.values, one.exact, one.partial, strict=True):
        if told is partial:
            half.days.append(day)
            half.values.append(value)
            half.exact.append(exact)
            half.partial.append(told)
    return half


def _line(one: Series, theme: Theme) -> list[Trace]:
    line = go.Scatter(
        name=one.name,
        x=one.days,
        y=[float(value) for value in one.values],
        customdata=one.exact,
        mode="lines+markers",
        line={"color": one.colour, "width": 2},
        marker={"size": 6},
        hovertemplate="%{fullData.name}: %{customdata}<extra></extra>",
    )
    return [line, _emptied(one, theme)] if any(one.partial) else [line]


def _emptied(one: Series, theme: Theme) -> go.Scatter:
    """Empty circles over the points that are not whole; a trace of their own, so that the legend shows a full one."""
    points = [(day, float(value)) for day, value, partial in zip(one.days, one.values, one.partial, strict=True) if partial]
    return go.Scatter(
        name=one.name,
        x=[day for day, _ in points],
        y=[value for _, value in points],
        mode="markers",
        marker={"size": 7, "color": BACKGROUND[theme.name], "line": {"width": 1.5, "color": one.colour}},
        hoverinfo="skip",
    )


def _steps(one: Steps) -> go.Scatter:
    return go.Scatter(
        name=one.name,
        x=one.days,
        y=[None if value is None else float(value) for value in one.values],
        customdata=one.exact,
        mode="lines+markers",
        line={"color": one.colour, "width": 2.5, "shape": "hv", "dash": "dot" if one.is_peak else "solid"},
        marker={"size": [8 if shown else 0 for shown in one.shown], "opacity": 1, "line": {"width": 0}},
        cliponaxis=False,
        hovertemplate="%{fullData.name}: %{customdata}<extra></extra>",
    )
