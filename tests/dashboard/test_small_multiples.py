"""Small multiples and compositions: one axis, one legend, and a scale for each panel."""

from datetime import date, datetime
from decimal import Decimal

from analytics.dashboard.charts.base import Series
from analytics.dashboard.charts.small_multiples import Panel, PriceSteps, line_panels, stacked_panels, step_panels
from analytics.dashboard.charts.stacked_shares import Part, SharePanel, stacked_shares
from analytics.dashboard.charts.theme import Theme

DAYS = [date(2026, 6, 1), date(2026, 6, 2)]
ONE = Series("one", "#0B63B0", DAYS, [Decimal(1), Decimal(2)], ["1", "2"], [False, True])
REST = Series("other", "#767676", DAYS[:1], [Decimal(3)], ["3"], [False])


def test_panels_share_an_axis_and_a_legend():
    """Every panel has its own scale and title, all have the days of the lowest one, and each name stands once in the legend."""
    figure = stacked_panels([Panel("upper", [ONE, REST]), Panel("lower", [ONE], sign="¥")], Theme())

    assert [annotation.text for annotation in figure.layout.annotations] == ["<b>upper</b>", "<b>lower</b>"]
    assert (figure.layout.xaxis.matches, figure.layout.xaxis.showticklabels) == ("x2", False)
    assert figure.layout.yaxis.matches is None
    assert figure.layout.yaxis2.tickprefix == "¥"
    assert [trace.name for trace in figure.data if trace.showlegend] == ["one", "other"]
    assert {trace.legendgroup for trace in figure.data} == {"one", "other"}


def test_bars_that_are_not_whole_leave_the_legend_full():
    """Hatched bars are a trace of their own, after the whole ones, so that the legend shows the full colour."""
    whole, cut = stacked_panels([Panel("tokens", [ONE])], Theme()).data

    assert (list(whole.y), list(cut.y)) == ([1.0], [2.0])
    assert (whole.marker.pattern.shape, list(cut.marker.pattern.shape)) == (None, ["/"])
    assert (whole.showlegend, cut.showlegend) == (True, False)


def test_lines_show_what_is_not_whole_as_empty_circles():
    """A line goes through all points; those that are not whole are covered by a circle in the colour of the background."""
    line, circles = line_panels([Panel("ratio", [ONE], is_ratio=True)], Theme()).data

    assert (list(line.y), list(circles.y)) == ([1.0, 2.0], [2.0])
    assert circles.marker.color == "#FFFFFF"
    assert circles.hoverinfo == "skip"
    assert line.customdata == ("1", "2")


def test_hours_are_named_by_the_clock():
    """An axis of hours writes the day below the clock, and its hover in one line."""
    hours = [datetime(2026, 6, 1, hour) for hour in range(24)]
    series = Series("one", "#0B63B0", hours, [Decimal(1)] * 24, ["1"] * 24, [False] * 24)
    axis = stacked_panels([Panel("tokens", [series])], Theme(day_format="%H:%M<br>%b %-d")).layout.xaxis

    assert (axis.tickformat, axis.hoverformat) == ("%H:%M<br>%b %-d", "%H:%M, %b %-d")
    assert len(axis.tickvals) <= 6


def test_a_price_holds_until_the_next():
    """Prices are steps, and None ends the line, so that nothing is drawn where nothing is known."""
    cut = PriceSteps("m", "#0B63B0", False, DAYS, [Decimal(2), None], ["¥2", ""], [True, False])
    figure = step_panels([Panel("miss", [cut], sign="¥")], Theme(), first=DAYS[0], end=DAYS[1])

    (trace,) = figure.data
    assert (trace.line.shape, list(trace.y), list(trace.marker.size)) == ("hv", [2.0, None], [8, 0])
    assert list(figure.layout.xaxis.range) == DAYS


def test_compositions_name_their_sums():
    """Each row has its name and its sum in the panel; parts are stacked in order and share one legend."""
    parts = [Part("hit", "#793E6A", [1, 3], ["1", "3"]), Part("miss", "#BB3F48", [2, 4], ["2", "4"])]
    figure = stacked_shares(["a", "b"], [SharePanel("Spend", parts, ["¥3", "¥7"], "¥"), SharePanel("Tokens", parts, ["3", "7"])], Theme())

    assert [list(trace.x) for trace in figure.data] == [[1, 3], [2, 4]] * 2
    assert [trace.showlegend for trace in figure.data] == [True, True, False, False]
    assert figure.layout.yaxis.ticktext == ("a <br><b>¥3</b> ", "b <br><b>¥7</b> ")
    assert (figure.layout.barmode, figure.layout.xaxis.tickprefix) == ("stack", "¥")
