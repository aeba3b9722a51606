"""The figures of the Keys page: every value in its row and step, with its exact text, whatever the values are."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from analytics.dashboard.charts import heatmap_pareto
from analytics.dashboard.charts.base import Bar, Series
from analytics.dashboard.charts.theme import Theme

STEPS = [date(2026, 6, day) for day in (1, 2, 3, 4)]
LANES = [
    Series("one", "#0B63B0", [STEPS[0], STEPS[2]], [Decimal(100), Decimal("0.01")], ["¥100.00", "¥0.01"], [False, False]),
    Series("one", "#B38B29", [STEPS[3]], [Decimal(0)], ["¥0.00"], [True]),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_heat_map_has_a_cell_for_every_value(theme):
    """A value is in the row of its key and the column of its day, the greatest darkest; nothing used has no colour."""
    figure = heatmap_pareto.heat(LANES, STEPS, Theme(name=theme, sign="¥"))
    (cells,) = figure.data

    assert [list(row) for row in cells.z] == [[10.0, None, pytest.approx(0.1), None], [None] * 4]
    assert (cells.zmin, cells.zmax) == (0, 10)
    assert cells.customdata[0][2] == ["one", "¥0.01"]
    assert list(figure.layout.yaxis.ticktext) == ["one ", "one "]
    assert list(cells.colorbar.ticktext) == ["¥100", "¥10"]
    assert "customdata" in cells.hovertemplate


def test_a_heat_map_of_nothing_can_be_drawn():
    """Keys that cost nothing have rows without colour."""
    (cells,) = heatmap_pareto.heat(LANES[1:], STEPS[:1], Theme()).data

    assert [list(row) for row in cells.z] == [[None]]


def test_a_pareto_chart_has_bars_and_the_share_so_far():
    """Each bar is followed by the share that it and those above have; a share that is not known is left out."""
    bars = [
        Bar("one", "#0B63B0", Decimal(3), "¥3.00"),
        Bar("two", "#B38B29", Decimal(1), "¥1.00"),
        Bar("three", "#B38B29", Decimal(0), "¥0.00"),
    ]
    figure = heatmap_pareto.pareto(bars, [0.75, 1.0, None], Theme(sign="¥"))
    amounts, line = figure.data

    assert list(amounts.x) == [3.0, 1.0, 0.0]
    assert [list(words) for words in amounts.customdata] == [["one", "¥3.00"], ["two", "¥1.00"], ["three", "¥0.00"]]
    assert (list(line.x), list(line.y)) == ([0.75, 1.0], [0, 1])
    assert figure.layout.xaxis2.range == (0, 1.04)


def test_two_figures_of_as_many_keys_stand_in_line():
    """A heat map and a Pareto chart with room for as many rows are equally high and have their rows at the same places."""
    bars = [Bar("one", "#0B63B0", Decimal(3), "¥3.00")]
    heat, pareto = heatmap_pareto.heat(LANES, STEPS, Theme()), heatmap_pareto.pareto(bars, [1.0], Theme(), rows=2)

    assert heat.layout.height == pareto.layout.height
    assert heat.layout.yaxis.range == pareto.layout.yaxis.range


@pytest.mark.parametrize("step", [timedelta(days=1), timedelta(hours=1)])
def test_bars_over_time_have_room_for_steps_without_use(step):
    """The axis reaches half a step beyond the first and the last, even where nothing was used there, and no bar is cut."""
    start = datetime(2026, 6, 1)
    steps = [start + number * step for number in range(5)]
    shown = steps if step < timedelta(days=1) else [moment.date() for moment in steps]
    figure = heatmap_pareto.stacked_over_time(
        [Series("m", "#0B63B0", [shown[2]], [Decimal(1)], ["¥1.00"], [False])], shown, Theme(), hour=step < timedelta(days=1)
    )

    assert figure.layout.xaxis.range == (start - step / 2, steps[-1] + step / 2)
    assert list(figure.data[0].x) == [shown[2]]
