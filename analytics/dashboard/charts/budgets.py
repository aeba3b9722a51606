"""How much of each budget is used, and is expected to be used by its end, as bars in percent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analytics.dashboard.charts.base import Figure
from analytics.dashboard.charts.period_comparison import ComparedBar, comparison
from analytics.dashboard.charts.theme import TEXT, Theme

WHOLE = 100


def budgets(items: Sequence[ComparedBar], theme: Theme) -> Figure:
    """Return bars in percent of their budget, each with an upright line at the expected use, and a dotted line at 100 %."""
    figure = comparison(items, replace(theme, sign=""))
    values = [float(value or 0) for item in items for value in (item.bar.value, item.before)]
    figure.update_xaxes(range=[0, 1.06 * max(WHOLE, *values)], ticksuffix="%")
    figure.add_vline(WHOLE, layer="below", line={"width": 1.5, "dash": "dot", "color": TEXT[theme.name]})
    return figure
