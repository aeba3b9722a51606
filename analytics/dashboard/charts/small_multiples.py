"""Small multiples: panels one below the other over one axis of time, each with its own scale."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Generic, TypeAlias, TypeVar

import plotly.graph_objects as go

from analytics.dashboard.charts import amount_axis
from analytics.dashboard.charts.base import MOST_TICKS, Figure, Series, figure_layout, stack_heights, stack_trace, tick_days
from analytics.dashboard.charts.theme import BACKGROUND, Theme

Trace: TypeAlias = go.Bar | go.Scatter

PANEL_PIXELS = 130
TITLE_PIXELS = 34
LEGEND_PIXELS = 76


@dataclass
class PriceSteps:
    """The prices of one model and tier: each value is in force from its day to the next, None ends a line. Peak prices are dotted."""

    name: str
    colour: str
    is_peak: bool = False
    days: list[date] = field(default_factory=list)
    values: list[Decimal | None] = field(default_factory=list)
    exact: list[str] = field(default_factory=list)
    shown: list[bool] = field(default_factory=list)
    """Whether a point is a change of price, and not the end of the known days."""


AnySeries = TypeVar("AnySeries", Series, PriceSteps)


@dataclass(frozen=True)
class Panel(Generic[AnySeries]):
    """One small chart: its title, its series, and its scale: from 0 % to 100 %, or from 0 with a sign before amounts."""

    title: str
    series: Sequence[AnySeries]
    sign: str = ""
    is_ratio: bool = False


def stacked_panels(panels: Sequence[Panel[Series]], theme: Theme, *, height: int | None = None) -> Figure:
    """Return bars over days or hours, stacked in the order of each panel's series; incomplete steps are hatched."""
    extra_layout: dict[str, str | float] = {"barmode": "stack", "bargap": 0.15, "hovermode": "x unified"}
    return _panels(panels, theme, lambda series: _bars(series, theme), height, _time_ticks(panels), extra_layout)


def line_panels(panels: Sequence[Panel[Series]], theme: Theme, *, height: int | None = None) -> Figure:
    """Return lines over days or hours; the point of an incomplete step is an empty circle."""
    return _panels(panels, theme, lambda series: _line(series, theme), height, _time_ticks(panels), {"hovermode": "x unified"})


def step_panels(panels: Sequence[Panel[PriceSteps]], theme: Theme, *, first: date, end: date, height: int | None = None) -> Figure:
    """Return prices as steps from day `first` to before day `end`; a value is drawn until the next one."""
    time_range = {"range": [first, end], "nticks": MOST_TICKS}
    return _panels(panels, theme, lambda series: [_steps(series)], height, time_range, {"hovermode": "closest"})


def _panels(
    panels: Sequence[Panel[AnySeries]],
    theme: Theme,
    draw: Callable[[AnySeries], list[Trace]],
    height: int | None,
    ticks: dict[str, Any],
    extra_layout: dict[str, str | float],
) -> Figure:
    """Return the panels in a figure of `height`, or of a fixed height per panel; `ticks` belong to the axis of time."""
    count = len(panels)
    height = height or count * (PANEL_PIXELS + TITLE_PIXELS) + LEGEND_PIXELS
    gap = TITLE_PIXELS / (height - TITLE_PIXELS - LEGEND_PIXELS)
    panel_height = (1 - gap * (count - 1)) / count
    layout = figure_layout(theme, height, margin={"t": TITLE_PIXELS - 4})
    time, amounts = layout.pop("xaxis") | _time_axis(theme) | ticks, layout.pop("yaxis")
    traces: list[Trace] = []
    layout["annotations"] = []
    for number, panel in enumerate(panels, 1):
        at = "" if number == 1 else str(number)
        top = 1 - (number - 1) * (panel_height + gap)
        shared = {"matches": f"x{count}", "showticklabels": False} if number < count else {}
        layout[f"xaxis{at}"] = time | {"anchor": f"y{at}"} | shared
        layout[f"yaxis{at}"] = amounts | _amounts(panel, theme) | {"anchor": f"x{at}", "domain": [max(top - panel_height, 0), top]}
        layout["annotations"].append(_title(panel, top))
        traces += [trace.update(xaxis=f"x{at}", yaxis=f"y{at}") for series in panel.series for trace in draw(series)]
    layout["legend"] |= {"traceorder": "normal", "yref": "container", "y": 0, "yanchor": "bottom"}
    return Figure(traces, layout | {"showlegend": _share_legend(traces)} | extra_layout)


def _amounts(panel: Panel[AnySeries], theme: Theme) -> dict[str, Any]:
    ratio = {"tickformat": ".0%", "range": [0, 1.04], "tickvals": [0, 0.25, 0.5, 0.75, 1]} if panel.is_ratio else {}
    return amount_axis.amounts(stack_heights(panel.series), theme, panel.sign) | {"nticks": 5, "rangemode": "tozero"} | ratio


def _title(panel: Panel[AnySeries], top: float) -> dict[str, Any]:
    position = {"xref": "paper", "yref": "paper", "x": 0, "xanchor": "left", "y": top, "yanchor": "bottom", "yshift": 4}
    return {"text": f"<b>{panel.title}</b>", "showarrow": False, **position}


def _share_legend(traces: Sequence[Trace]) -> bool:
    """Let the legend have each name once, which hides it in all panels. Returns whether there are several names."""
    names: set[str] = set()
    for trace in traces:
        trace.update(legendgroup=trace.name, showlegend=trace.name not in names)
        names.add(trace.name)
    return len(names) > 1


def _time_axis(theme: Theme) -> dict[str, Any]:
    return {
        "type": "date",
        "tickformat": theme.day_format,
        "hoverformat": theme.day_format.replace("<br>", ", "),
        "showgrid": False,
        "tickangle": 0,
        "ticklabelstandoff": 6,
    }


def _time_ticks(panels: Sequence[Panel[Series]]) -> dict[str, Any]:
    """Return the days with labels."""
    return {"tickvals": tick_days(sorted({day for panel in panels for series in panel.series for day in series.days}))}


def _bars(series: Series, theme: Theme) -> list[Trace]:
    """Return the complete steps, then the partial ones: separate traces, so that the legend shows a full colour."""
    parts = [_part(series, partial=partial) for partial in (False, True)]
    return [stack_trace(part, theme) for part in parts if part.days]


def _part(series: Series, *, partial: bool) -> Series:
    part = Series(series.name, series.colour)
    for day, value, exact, is_partial in zip(series.days, series.values, series.exact, series.partial, strict=True):
        if is_partial is partial:
            part.days.append(day)
            part.values.append(value)
            part.exact.append(exact)
            part.partial.append(is_partial)
    return part


def _line(series: Series, theme: Theme) -> list[Trace]:
    line = go.Scatter(
        name=series.name,
        x=series.days,
        y=[float(value) for value in series.values],
        customdata=series.exact,
        mode="lines+markers",
        line={"color": series.colour, "width": 2},
        marker={"size": 6},
        hovertemplate="%{fullData.name}: %{customdata}<extra></extra>",
    )
    return [line, _partial_points(series, theme)] if any(series.partial) else [line]


def _partial_points(series: Series, theme: Theme) -> go.Scatter:
    """Return empty circles over the partial points: a trace of its own, so that the legend shows a full circle."""
    points = [(day, float(value)) for day, value, partial in zip(series.days, series.values, series.partial, strict=True) if partial]
    return go.Scatter(
        name=series.name,
        x=[day for day, _ in points],
        y=[value for _, value in points],
        mode="markers",
        marker={"size": 7, "color": BACKGROUND[theme.name], "line": {"width": 1.5, "color": series.colour}},
        hoverinfo="skip",
    )


def _steps(series: PriceSteps) -> go.Scatter:
    return go.Scatter(
        name=series.name,
        x=series.days,
        y=[None if value is None else float(value) for value in series.values],
        customdata=series.exact,
        mode="lines+markers",
        line={"color": series.colour, "width": 2.5, "shape": "hv", "dash": "dot" if series.is_peak else "solid"},
        marker={"size": [8 if shown else 0 for shown in series.shown], "opacity": 1, "line": {"width": 0}},
        cliponaxis=False,
        hovertemplate="%{fullData.name}: %{customdata}<extra></extra>",
    )
