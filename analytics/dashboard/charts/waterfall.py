"""A waterfall from one amount to another: bars that begin where the one before ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import plotly.graph_objects as go

from analytics.dashboard.charts import amount_axis
from analytics.dashboard.charts.base import Figure, figure_layout
from analytics.dashboard.charts.theme import PALETTES, Theme

ROW_PIXELS = 40
"""Pixels of one step, which has its amount below its name."""


@dataclass(frozen=True)
class Step:
    """One bar: an effect, or the first or last amount (`is_level`); `exact` is its amount as text, with its sign."""

    name: str
    value: Decimal
    exact: str
    is_level: bool = False


def waterfall(steps: Sequence[Step], theme: Theme) -> Figure:
    """Return horizontal bars from the first level, on top, to the last; increases go to the right, decreases to the left."""
    _blue, yellow, _brown, sky, *_rest = PALETTES[theme.name]
    positions = list(range(len(steps)))
    trace = go.Waterfall(
        orientation="h",
        measure=["absolute" if step.is_level else "relative" for step in steps],
        y=positions,
        x=[float(step.value) for step in steps],
        customdata=[[step.name, step.exact] for step in steps],
        hovertemplate="%{customdata[0]}: %{customdata[1]}<extra></extra>",
        increasing={"marker": {"color": yellow}},
        decreasing={"marker": {"color": sky}},
        totals={"marker": {"color": theme.rest_colour}},
        connector={"line": {"color": theme.rest_colour, "width": 1}},
    )
    names = {
        "range": [len(steps) - 0.5, -0.5],
        "showgrid": False,
        "zeroline": False,
        "tickvals": positions,
        "ticktext": [f"{step.name} <br><b>{step.exact}</b> " for step in steps],
    }
    levels = [float(step.value) for step in steps if step.is_level]
    amounts = amount_axis.amounts(levels, theme, theme.sign) | {"nticks": 4, "tickangle": 0, "zeroline": True}
    return Figure(
        trace, figure_layout(theme, 50 + ROW_PIXELS * len(steps), xaxis=amounts, yaxis=names) | {"showlegend": False, "waterfallgap": 0.35}
    )
