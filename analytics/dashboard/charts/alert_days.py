"""The days of an alert among those around them: bars over days, with a line at the usual amount."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import plotly.graph_objects as go

from analytics.dashboard.charts import amount_axis
from analytics.dashboard.charts.base import FIXED_LABELS, HALF_LABEL_WIDTH, LABEL_HEIGHT, Figure, figure_layout
from analytics.dashboard.charts.theme import BACKGROUND, PALETTES, TEXT, Theme

HEIGHT = 240
LABEL_EACH = 14
"""Days between the labels of the axis: a telephone has room for so many labels."""
HALF_A_DAY = timedelta(hours=12)


@dataclass(frozen=True)
class DayBars:
    """Bars of one name: a value for each day, and the text of each."""

    name: str
    days: Sequence[date]
    values: Sequence[Decimal]
    exact: Sequence[str]


@dataclass(frozen=True)
class UsualLevel:
    """The usual amount per day, drawn from the first to the last day of the alert."""

    name: str
    first: date
    last: date
    value: Decimal
    exact: str


def alert_days(others: DayBars, alert: DayBars, level: UsualLevel, theme: Theme, *, first: date, last: date) -> Figure:
    """Return bars for the days from `first` to `last`, those of the alert in a colour and on a band of their own."""
    blue, _yellow, brown, *_rest = PALETTES[theme.name]
    accent = {"light": brown, "dark": PALETTES["dark"][1]}[theme.name]
    highest = float(max([*others.values, *alert.values, level.value], default=Decimal(0)))
    span = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    days = {
        "type": "date",
        "range": [_noon(first) - timedelta(days=1), _noon(last)],
        "tickformat": theme.day_format,
        "hoverformat": theme.day_format,
        "showgrid": False,
        "tickvals": span[::LABEL_EACH],
        "tickangle": 0,
        "ticklabelstandoff": 6,
        **FIXED_LABELS,
    }
    amounts = amount_axis.amounts([highest], theme, theme.sign) | FIXED_LABELS | {"rangemode": "tozero", "nticks": 4}
    margin = {"l": amount_axis.label_width(highest, theme, theme.sign), "b": LABEL_HEIGHT, "r": HALF_LABEL_WIDTH}
    layout = figure_layout(theme, HEIGHT, xaxis=days, yaxis=amounts, margin=margin, legend={"traceorder": "normal", "y": -0.22})
    layout |= {"bargap": 0.15, "barmode": "overlay", "hovermode": "x unified", "shapes": [_band(level, accent)]}
    return Figure([_bars(others, blue), _bars(alert, accent), *_line(level, theme)], layout)


def _noon(day: date) -> datetime:
    """Return the middle between the bar of a day, which is centred on its midnight, and the next."""
    return datetime.combine(day, time()) + HALF_A_DAY


def _bars(day_bars: DayBars, colour: str) -> go.Bar:
    return go.Bar(
        name=day_bars.name,
        x=list(day_bars.days),
        y=[float(value) for value in day_bars.values],
        customdata=list(day_bars.exact),
        marker={"color": colour},
        showlegend=bool(day_bars.days),
        hovertemplate="%{fullData.name}: %{customdata}<extra></extra>",
    )


def _line(level: UsualLevel, theme: Theme) -> list[go.Scatter]:
    """Return a dashed line over a wider one in the colour of the background, so that it is visible on any bar."""
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


def _band(level: UsualLevel, colour: str) -> dict[str, object]:
    """Return the band behind the days of the alert, for readers who cannot tell colours apart, and for days without bars."""
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
