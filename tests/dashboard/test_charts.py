"""Figures: they draw the values given, in colours that are distinct for everybody and that stay with a key."""

from datetime import date
from decimal import Decimal
from itertools import combinations

import pytest

from analytics.dashboard.charts import base, text_width
from analytics.dashboard.charts.base import Bar, Series
from analytics.dashboard.charts.theme import BACKGROUND, GREYS, PALETTES, TEXT, Theme
from analytics.dashboard.i18n.translation import Language

DAYS = [date(2026, 6, 1), date(2026, 6, 2)]


def luminance(colour):
    """The relative luminance of a colour, as WCAG defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    """The contrast ratio of two colours, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_can_be_seen(theme):
    """Every colour of a theme stands out from its background, text from both, and no two names in a row share one."""
    background = BACKGROUND[theme]
    colours = [*PALETTES[theme], *GREYS[theme]]

    assert all(contrast(colour, background) >= 3 for colour in colours)
    assert contrast(TEXT[theme], background) >= 7
    assert all(one != other for one, other in combinations(colours, 2))


def test_a_key_keeps_its_colour():
    """A colour goes by the rank over all time, whatever is shown; from the eighth on it is a grey, and the rest has its own."""
    ranked = {("acct", f"sk-{number}"): number for number in range(12)}
    theme = Theme()

    colours = [theme.colour(key, ranked) for key in ranked]
    assert colours[:7] == list(PALETTES["light"])
    assert set(colours[7:]) == set(GREYS["light"][1:])
    assert theme.rest_colour not in colours
    assert theme.colour(("acct", "sk-new"), ranked) in GREYS["light"]


def test_stacks_hold_what_they_were_given():
    """Each series is a trace with its values in order; the hover shows the exact text, and a day in progress is hatched."""
    series = [
        Series("one", "#0B63B0", DAYS, [Decimal("0.1"), Decimal("0.2")], ["¥0.10", "¥0.20"], [False, True]),
        Series("other", "#767676", DAYS[:1], [Decimal(3)], ["¥3.00"], [False]),
    ]
    figure = base.stacked_bars(series, Theme(sign="¥"))

    assert [(bar.name, list(bar.x), list(bar.y), list(bar.customdata)) for bar in figure.data] == [
        ("one", DAYS, [0.1, 0.2], ["¥0.10", "¥0.20"]),
        ("other", DAYS[:1], [3.0], ["¥3.00"]),
    ]
    assert figure.data[0].marker.pattern.shape == ("", "/")
    assert figure.layout.barmode == "stack"
    assert figure.layout.yaxis.tickprefix == "¥"


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15], [1, 4, 7, 10, 13]),
        ([1, 8, 15], [1, 8, 15]),
        ([5], [5]),
    ],
)
def test_an_axis_is_even(days, expected):
    """Days are named at even distances, also where days without use are missing."""
    used = [date(2026, 6, day) for day in days]
    figure = base.stacked_bars([Series("one", "#0B63B0", used, [Decimal(1)] * len(used), ["1"] * len(used), [False] * len(used))], Theme())

    assert [day.day for day in figure.layout.xaxis.tickvals] == expected


def test_bars_of_one_name_stay_two():
    """Two keys of one name are two bars, each with its amount below its name."""
    figure = base.ranking([Bar("ops", "#0B63B0", Decimal(2), "¥2.00"), Bar("ops", "#B38B29", Decimal(-1), "−¥1.00")], Theme())

    (bars,) = figure.data
    assert list(bars.x) == [2.0, -1.0]
    assert list(bars.y) == [0, 1]
    assert [text.count("ops") for text in figure.layout.yaxis.ticktext] == [1, 1]
    assert "−¥1.00" in figure.layout.yaxis.ticktext[1]


def test_axes_have_numbers_of_the_language():
    """Ticks from ten thousand on have the compact numbers of a language, with the minus before the currency sign."""
    chinese = Theme(sign="¥", compact_number=Language("zh").compact)
    bars = [Bar("up", "#0B63B0", Decimal(250_000), "+¥250,000"), Bar("down", "#0B63B0", Decimal(-9_000), "−¥9,000")]
    words = base.ranking(bars, chinese).layout.xaxis.labelalias

    assert (words["¥50,000"], words["¥200,000"], words["¥−10,000"], words["¥−5,000"]) == ("¥5万", "¥20万", "−¥1万", "−¥5,000")
    assert "¥5,000" not in words
    assert base.stacked_bars([Series("a", "#0B63B0", DAYS[:1], [Decimal(9)], ["9"], [False])], chinese).layout.yaxis.labelalias is None


def test_labels_have_their_room():
    """The margin of bars is as wide as the widest label; names too wide for a telephone are cut, without breaking their markup."""
    short, long = ("&lt;" * 9, "数据平台" * 9)
    narrow, wide = (base.ranking([Bar(name, "#0B63B0", Decimal(1), "¥1.00")], Theme()) for name in (short, long))

    assert narrow.layout.margin.l < wide.layout.margin.l <= text_width.MAX_PIXELS
    assert narrow.layout.yaxis.ticktext[0].startswith(f"{short} <br>")
    assert wide.layout.yaxis.ticktext[0].startswith("数据平台数据")
    assert "… <br><b>¥1.00</b>" in wide.layout.yaxis.ticktext[0]


def test_names_never_reach_a_template():
    """Templates are constants with names as data, so that a name is never interpreted as a template."""
    hostile = "%{y} <extra>"
    figures = [
        base.stacked_bars([Series(hostile, "#0B63B0", DAYS[:1], [Decimal(1)], ["1"], [False])], Theme()),
        base.ranking([Bar(hostile, "#0B63B0", Decimal(1), "1")], Theme()),
    ]
    assert all(hostile not in trace.hovertemplate for figure in figures for trace in figure.data)
