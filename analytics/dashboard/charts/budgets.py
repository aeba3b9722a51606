"""How much of budgets is used and expected to be, as shares of each; it adds nothing up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analytics.dashboard.charts.base import Figure
from analytics.dashboard.charts.period_comparison import Compared, compared
from analytics.dashboard.charts.theme import TEXT, Theme

WHOLE = 100


def budgets(items: Sequence[Compared], theme: Theme) -> Figure:
    """Bars in percent of their budget, each with an upright line at what is expected by its end, and a dotted one for all of any."""
    figure = compared(items, replace(theme, sign=""))
    values = [float(value or 0) for item in items for value in (item.bar.value, item.before)]
    figure.update_xaxes(range=[0, 1.06 * max(WHOLE, *values)], ticksuffix="%")
    figure.add_vline(WHOLE, layer="below", line={"width": 1.5, "dash": "dot", "color": TEXT[theme.name]})
    return figure
