"""The way from one amount to another in steps: bars that begin where the one before ends; it adds nothing up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import plotly.graph_objects as go

from analytics.dashboard.charts import amount_axis
from analytics.dashboard.charts.base import Figure, dressed
from analytics.dashboard.charts.theme import PALETTES, Theme

ROW = 40
"""Pixels of one step: its name and, below it, its amount."""


@dataclass(frozen=True)
class Step:
    """One bar: an effect, or (`is_level`) where the way begins or ends; `exact` is its amount in words, with its sign."""

    name: str
    value: Decimal
    exact: str
    is_level: bool = False


def waterfall(steps: Sequence[Step], theme: Theme) -> Figure:
    """Horizontal bars from the first level, on top, to the last; what adds goes to the right, what saves to the left."""
    _blue, yellow, _brown, sky, *_rest = PALETTES[theme.name]
    positions = list(range(len(steps)))
    drawn = go.Waterfall(
        orientation="h",
        measure=["absolute" if step.is_level else "relative" for step in steps],
        y=positions,
        x=[float(step.value) for step in steps],
        customdata=[[step.name, step.exact] for step in steps],
        hovertemplate="%{customdata[0]}: %{customdata[1]}<extra></extra>",
        increasing={"marker": {"color": yellow}},
        decreasing={"marker": {"color": sky}},
        totals={"marker": {"color": theme.left_over}},
        connector={"line": {"color": theme.left_over, "width": 1}},
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
    return Figure(drawn, dressed(theme, 50 + ROW * len(steps), xaxis=amounts, yaxis=names) | {"showlegend": False, "waterfallgap": 0.35})
