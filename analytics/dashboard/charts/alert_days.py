"""Some days that stand out among those around them: bars over days, with what was usual as a line across; it adds nothing up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import plotly.graph_objects as go

from analytics.dashboard.charts import amount_axis
from analytics.dashboard.charts.base import BELOW, BESIDE, MEASURED, Figure, dressed
from analytics.dashboard.charts.theme import BACKGROUND, PALETTES, TEXT, Theme

HEIGHT = 240
NAMED_EACH = 14
"""Days between those that the axis names: a telephone has room for so many."""
HALF_A_DAY = timedelta(hours=12)


@dataclass(frozen=True)
class Days:
    """Bars of one name: a value for each day, and its text."""

    name: str
    days: Sequence[date]
    values: Sequence[Decimal]
    exact: Sequence[str]


@dataclass(frozen=True)
class Level:
    """What was usual per day, from the first to the last of the days that stand out."""

    name: str
    first: date
    last: date
    value: Decimal
    exact: str


def episode(others: Days, standing_out: Days, level: Level, theme: Theme, *, first: date, last: date) -> Figure:
    """The days from `first` to `last`, those that stand out in a colour and on a band of their own, as wide as they are long."""
    blue, _yellow, brown, *_rest = PALETTES[theme.name]
    accent = {"light": brown, "dark": PALETTES["dark"][1]}[theme.name]
    highest = float(max([*others.values, *standing_out.values, level.value], default=Decimal(0)))
    shown = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    days = {
        "type": "date",
        "range": [_noon(first) - timedelta(days=1), _noon(last)],
        "tickformat": theme.day_format,
        "hoverformat": theme.day_format,
        "showgrid": False,
        "tickvals": shown[::NAMED_EACH],
        "tickangle": 0,
        "ticklabelstandoff": 6,
        **MEASURED,
    }
    amounts = amount_axis.amounts([highest], theme, theme.sign) | MEASURED | {"rangemode": "tozero", "nticks": 4}
    margin = {"l": amount_axis.labels_room(highest, theme, theme.sign), "b": BELOW, "r": BESIDE}
    layout = dressed(theme, HEIGHT, xaxis=days, yaxis=amounts, margin=margin, legend={"traceorder": "normal", "y": -0.22})
    layout |= {"bargap": 0.15, "barmode": "overlay", "hovermode": "x unified", "shapes": [_band(level, accent)]}
    return Figure([_bars(others, blue), _bars(standing_out, accent), *_line(level, theme)], layout)


def _noon(day: date) -> datetime:
    """The middle between a day's bar, which stands on its midnight, and the next."""
    return datetime.combine(day, time()) + HALF_A_DAY


def _bars(told: Days, colour: str) -> go.Bar:
    return go.Bar(
        name=told.name,
        x=list(told.days),
        y=[float(value) for value in told.values],
        customdata=list(told.exact),
        marker={"color": colour},
        showlegend=bool(told.days),
        hovertemplate="%{fullData.name}: %{customdata}<extra></extra>",
    )


def _line(level: Level, theme: Theme) -> list[go.Scatter]:
    """A dashed line on a seam of the background, so that it is seen on any bar."""
    ends = [_noon(level.first) - timedelta(days=1), _noon(level.last)]
    line = go.Scatter(
        name=level.name,
        x=ends,
        y=[float(level.value)] * 2,
        customdata=[level.exact] * 2,
        mode="lines",
        line={"color": TEXT[theme.name], "width": 2, "dash": "dash"},
        hovertemplate="%{fullData.name}: %{customdata}<extra></extra>",
    )
    seam = {"line": {"color": BACKGROUND[theme.name], "width": 5}, "showlegend": False, "hoverinfo": "skip", "hovertemplate": None}
    return [go.Scatter(line).update(seam, overwrite=True), line]


def _band(level: Level, colour: str) -> dict[str, object]:
    """The days that stand out, told by more than the colour of their bars; of days without bars it is all that is seen."""
    return {
        "type": "rect",
        "xref": "x",
        "yref": "paper",
        "x0": _noon(level.first) - timedelta(days=1),
        "x1": _noon(level.last),
        "y0": 0,
        "y1": 1,
        "fillcolor": colour,
        "opacity": 0.1,
        "line": {"width": 0},
        "layer": "below",
    }
