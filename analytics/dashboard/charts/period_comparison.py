"""Costs of one period compared with the period before: bars, each with a mark at its value before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import plotly.graph_objects as go

from analytics.dashboard.charts.base import Bar, Figure, ranking
from analytics.dashboard.charts.theme import TEXT, Theme


@dataclass(frozen=True)
class ComparedBar:
    """A bar with its value in the period before; None where that is unknown."""

    bar: Bar
    before: Decimal | None
    before_exact: str


def comparison(items: Sequence[ComparedBar], theme: Theme, *, rows: int = 0) -> Figure:
    """Return horizontal bars, the first on top, each with an upright line at its value of the period before."""
    figure = ranking([item.bar for item in items], theme, rows=rows)
    marked = [(position, item) for position, item in enumerate(items) if item.before is not None]
    figure.add_trace(
        go.Scatter(
            x=[float(item.before or 0) for _position, item in marked],
            y=[position for position, _item in marked],
            customdata=[[item.bar.name, item.before_exact] for _position, item in marked],
            mode="markers",
            marker={"symbol": "line-ns", "size": 22, "line": {"width": 2.5, "color": TEXT[theme.name]}},
            hovertemplate="%{customdata[0]}: %{customdata[1]}<extra></extra>",
        )
    )
    return figure
