"""The default step of time of charts, and the clock of a view: one rule for all pages."""

from datetime import date, timedelta

import pytest

from analytics.core.period import Period
from analytics.dashboard.data import granularity, time_steps
from analytics.dashboard.data.url_state import View

FIRST = date(2026, 8, 1)


def view(days, offsets=("+08:00",)):
    """A view of so many days."""
    period = Period(FIRST, FIRST + timedelta(days=days))
    return View("custom", period, None, "CNY", (), (), {}, {}, FIRST + timedelta(days=400), offsets, frozenset({"a"}))


@pytest.mark.parametrize(
    ("days", "chart", "key", "cell", "panel"),
    [
        (1, "day", "hour", "hour", "hour"),
        (2, "day", "day", "day", "hour"),
        (3, "day", "day", "day", "day"),
        (31, "day", "day", "day", "day"),
        (32, "day", "day", "day", "week"),
        (62, "day", "day", "day", "week"),
        (63, "week", "week", "day", "week"),
        (180, "week", "week", "day", "week"),
        (181, "month", "month", "month", "month"),
    ],
)
def test_the_default_step_follows_the_period(monkeypatch, days, chart, key, cell, panel):
    """Charts show some sixty steps, panels some thirty, and hours only where there are some."""
    monkeypatch.setattr(granularity, "hourly_days", lambda view: [True] * granularity.day_count(view.period))
    monkeypatch.setattr(granularity, "has_hours", lambda _view: True)
    shown = view(days)
    grains = (granularity.chart_grain, granularity.key_grain, granularity.cell_grain, granularity.panel_grain)

    assert [grain(shown) for grain in grains] == [chart, key, cell, panel]
    assert panel in granularity.grain_options(shown)


@pytest.mark.parametrize("hourly", [[], [False], [True, False]])
def test_a_day_without_hours_makes_no_default_of_hours(monkeypatch, hourly):
    """Panels begin with hours only where every day has them, charts of keys where any has."""
    monkeypatch.setattr(granularity, "hourly_days", lambda _view: hourly)
    monkeypatch.setattr(granularity, "has_hours", lambda _view: any(hourly))

    assert granularity.panel_grain(view(1)) == "day"
    assert granularity.key_grain(view(1)) == ("hour" if any(hourly) else "day")


@pytest.mark.parametrize(
    ("offsets", "minutes"),
    [(("+08:00",), 480), (("-03:30",), -210), (("UTC",), 0), (("",), 0), ((), 0), (("+00:00", "+08:00"), 0)],
)
def test_several_clocks_show_utc(offsets, minutes):
    """Hours are shown on the clock of the view, and in UTC where it has none or several."""
    assert time_steps.utc_offset(view(1, offsets)) == timedelta(minutes=minutes)
