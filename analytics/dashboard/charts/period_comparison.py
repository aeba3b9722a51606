"""What things cost in one period beside the period before: bars with a mark where each stood; it adds nothing up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import plotly.graph_objects as go

from analytics.dashboard.charts.base import Bar, Figure, ranking
from analytics.dashboard.charts.theme import TEXT, Theme


@dataclass(frozen=True)
class Compared:
    """A bar, and what it was before; None where nothing is known."""

    bar: Bar
    before: Decimal | None
    before_exact: str


def compared(items: Sequence[Compared], theme: Theme, *, rows: int = 0) -> Figure:
    """Horizontal bars, the first on top, each with an upright line at its value of the period before."""
    figure = ranking([item.bar for item in items], theme, rows=rows)
    known = [(position, item) for position, item in enumerate(items) if item.before is not None]
    figure.add_trace(
        go.Scatter(
            x=[float(item.before or 0) for _position, item in known],
            y=[position for position, _item in known],
            customdata=[[item.bar.name, item.before_exact] for _position, item in known],
            mode="markers",
            marker={"symbol": "line-ns", "size": 22, "line": {"width": 2.5, "color": TEXT[theme.name]}},
            hovertemplate="%{customdata[0]}: %{customdata[1]}<extra></extra>",
        )
    )
    return figure
