"""The figures of the Keys page: a heat map, a Pareto chart, and stacked bars over all steps of time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from math import floor, log10, sqrt
from typing import Any

import plotly.graph_objects as go

from analytics.core.usage import CACHE_HITS, CACHE_MISSES, OUTPUT
from analytics.dashboard.charts import amount_axis
from analytics.dashboard.charts.base import MOST_TICKS, Bar, Figure, Series, figure_layout, stacked_bars
from analytics.dashboard.charts.theme import BACKGROUND, PALETTES, TEXT, Theme

HEAT = {
    "light": ("#E3EEF9", "#9CC5EA", "#4A90D0", "#0B63B0", "#06325A"),
    "dark": ("#1C2A38", "#24527E", "#3A82C4", "#7CBEF5", "#DCEEFF"),
}
"""From little to much, one hue in even steps of lightness, which can be read with any colour vision."""
METER_RANKS = {CACHE_HITS: 3, CACHE_MISSES: 0, OUTPUT: 1}
"""The index of each meter in the palette: input in two blues, output in another colour."""

FEW_TICKS = 4
"""Steps with labels where names of keys take half of the screen of a telephone."""
ROW_HEIGHT = 34
HEAD_ROOM = 42
FOOT_ROOM = 30
DECADES = 2
"""How many powers of ten have labels at the colour bar of a heat map."""
HOURS = 24
GOAL = 0.8
"""The share of the spend that a Pareto chart marks."""


def meter_colour(meter: str, theme: Theme) -> str:
    """Return the colour of a meter, the same on every page."""
    return PALETTES[theme.name][METER_RANKS[meter]]


def heat(lanes: Sequence[Series], steps: Sequence[date], theme: Theme, *, rows: int = 0, hour: bool = False) -> Figure:
    """Return a row for each series, the first on top, and a cell for each of the `steps`, which are evenly spaced.

    The colour depends on the square root of the value, so that one high day does not make all others pale; cells without a value have
    none. The figure is as high as for `rows`, where it has fewer.
    """
    highest = max((float(value) for lane in lanes for value in lane.values), default=0.0) or 1.0
    cells = go.Heatmap(
        x=list(steps),
        y=list(range(len(lanes))),
        z=[_cell_levels(lane, steps) for lane in lanes],
        customdata=[_cell_texts(lane, steps) for lane in lanes],
        zmin=0,
        zmax=sqrt(highest),
        colorscale=list(HEAT[theme.name]),
        xgap=1,
        ygap=2,
        hoverongaps=False,
        hovertemplate="%{customdata[0]}<br>%{x}: %{customdata[1]}<extra></extra>",
        colorbar=_colour_bar(highest, theme),
    )
    layout = _row_layout(theme, [lane.name for lane in lanes], rows)
    return Figure(cells, layout | {"xaxis": layout["xaxis"] | _tick_layout(steps, theme, hour=hour, most=FEW_TICKS)})


def _cell_levels(lane: Series, steps: Sequence[date]) -> list[float | None]:
    values = dict(zip(lane.days, lane.values, strict=True))
    return [_cell_level(values.get(step, Decimal(0))) for step in steps]


def _cell_level(value: Decimal) -> float | None:
    return sqrt(value) if value > 0 else None


def _cell_texts(lane: Series, steps: Sequence[date]) -> list[list[str]]:
    texts = dict(zip(lane.days, lane.exact, strict=True))
    return [[lane.name, texts.get(step, "")] for step in steps]


def _colour_bar(highest: float, theme: Theme) -> dict[str, object]:
    """Return the colour bar above the cells, with labels at some powers of ten."""
    powers = [10.0 ** (floor(log10(highest)) - step) for step in range(DECADES)]
    return {
        "orientation": "h",
        "y": 1.0,
        "yanchor": "bottom",
        "x": 1.0,
        "xanchor": "right",
        "len": 0.6,
        "thickness": 8,
        "ypad": 4,
        "outlinewidth": 0,
        "ticks": "",
        "tickvals": [sqrt(power) for power in powers],
        "ticktext": [
            f"{theme.sign}{theme.compact_number(round(power)) if power >= amount_axis.COMPACT_FROM else f'{power:,g}'}" for power in powers
        ],
        "tickangle": 0,
        "tickfont": {"color": TEXT[theme.name], "size": 12},
    }


def pareto(bars: Sequence[Bar], ratios: Sequence[float | None], theme: Theme, *, rows: int = 0) -> Figure:
    """Return horizontal bars, the first on top, and a line of the `ratios`: the share of the total of each bar and those above it."""
    points = [(position, ratio) for position, ratio in enumerate(ratios) if ratio is not None]
    layout = _row_layout(theme, [f"{bar.name} <br><b>{bar.exact}</b>" for bar in bars], rows)
    amounts = amount_axis.amounts([float(bar.value) for bar in bars], theme, theme.sign) | {"nticks": 4, "zeroline": False}
    shares = {"range": [0, 1.04], "tickformat": ".0%", "tickvals": [0, GOAL, 1], "zeroline": False, "showgrid": False, "fixedrange": True}
    layout |= {"xaxis": layout["xaxis"] | amounts, "xaxis2": shares | {"overlaying": "x", "side": "top"}}
    goal = {"x0": GOAL, "x1": GOAL, "xref": "x2", "y0": 0, "y1": 1, "yref": "y domain"}
    line = {"dash": "dot", "width": 1, "color": TEXT[theme.name]}
    extra_layout = {"showlegend": False, "bargap": 0.4, "shapes": [{"type": "line", "line": line, **goal}]}
    return Figure([_bars(bars), _line(bars, points, theme)], layout | extra_layout)


def _bars(bars: Sequence[Bar]) -> go.Bar:
    return go.Bar(
        x=[float(bar.value) for bar in bars],
        y=list(range(len(bars))),
        customdata=[[bar.name, bar.exact] for bar in bars],
        orientation="h",
        marker={"color": [bar.colour for bar in bars]},
        hovertemplate="%{customdata[0]}: %{customdata[1]}<extra></extra>",
    )


def _line(bars: Sequence[Bar], points: Sequence[tuple[int, float]], theme: Theme) -> go.Scatter:
    return go.Scatter(
        x=[ratio for _position, ratio in points],
        y=[position for position, _ratio in points],
        customdata=[bars[position].name for position, _ratio in points],
        xaxis="x2",
        mode="lines+markers",
        line={"color": TEXT[theme.name], "width": 1.5},
        marker={"size": 7, "color": BACKGROUND[theme.name], "line": {"color": TEXT[theme.name], "width": 1.5}},
        hovertemplate="… %{customdata}: %{x:.1%}<extra></extra>",
    )


def _row_layout(theme: Theme, names: Sequence[str], rows: int) -> dict[str, Any]:
    """Return a layout with a row for each name, of the same height in every figure, so that two of them align side by side.

    Positions are numbers, because two keys of one name are two rows.
    """
    rows = max(len(names), rows, 2)
    steps = {"showgrid": False, "tickangle": 0, "automargin": False}
    lanes = {
        "range": [rows - 0.5, -0.5],
        "showgrid": False,
        "zeroline": False,
        "ticks": "",
        "tickvals": list(range(len(names))),
        "ticktext": [f"{name} " for name in names],
    }
    margin = {"t": HEAD_ROOM, "r": 14, "b": FOOT_ROOM}
    return figure_layout(theme, HEAD_ROOM + ROW_HEIGHT * rows + FOOT_ROOM, margin=margin, xaxis=steps, yaxis=lanes)


def stacked_over_time(series: Sequence[Series], steps: Sequence[date], theme: Theme, *, hour: bool = False) -> Figure:
    """Return stacked bars over all the `steps` of a view, also those without usage; the hover has the hour."""
    figure = stacked_bars(series, theme, height=330)
    figure.update_xaxes(_tick_layout(steps, theme, hour=hour))
    if len(steps) > 1:
        # A bar is centred on its step; a date plus half a day would be a date again, so the ends are times.
        first, last = (datetime.fromisoformat(step.isoformat()) for step in (steps[0], steps[-1]))
        half = (steps[1] - steps[0]) / 2
        figure.update_xaxes(range=[first - half, last + half])
    return figure


def _tick_layout(steps: Sequence[date], theme: Theme, *, hour: bool, most: int = MOST_TICKS) -> dict[str, Any]:
    """Return the layout of a time axis with labels at some days or, for a single day, some hours."""
    is_one_day = hour and len(steps) <= HOURS
    return {
        "type": "date",
        "tickformat": "%H:%M" if is_one_day else theme.day_format,
        "hoverformat": f"{theme.day_format} %H:%M" if hour else theme.day_format,
        "tickvals": list(steps)[:: 1 + len(steps) // most],
    }
