"""Charts of sections as SVG inside a page, drawn by pygal: without its script and style, so that the page's own style holds."""

from __future__ import annotations

import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast
from xml.etree.ElementTree import Element

from analytics.core import formatting
from analytics.core.document import Chart, Section
from analytics.core.frame import Column
from analytics.core.money import exact_sum, rounded

if TYPE_CHECKING:
    import pygal

MOST_BARS = 10
LONGEST_NAME = 28
WIDTH, ROW_PIXELS, COLUMN_PIXELS = 960, 30, 260
NAMED_DAYS = 5
_LEFT_OUT = {"defs", "title", "desc"}
_TEXT = Column("name", "VARCHAR")


def drawn(section: Section) -> str | None:
    """The SVG of a section's chart; None where it has none, nothing to draw, or money of more than one currency."""
    chart, frame = section.chart, section.frame
    if chart is None or not {chart.label, chart.value} <= set(frame.names) or not frame.rows:
        return None
    if "currency" in frame.names and len(set(frame.values("currency"))) > 1:
        return None
    return _columns(section, chart) if chart.kind == "columns" else _bars(section, chart)


def _bars(section: Section, chart: Chart) -> str:
    """The largest values by name, the first on top, and what all others come to."""
    pairs = sorted(_pairs(section, chart), key=_size, reverse=True)
    most = MOST_BARS if len(pairs) > MOST_BARS + 1 else len(pairs)
    named = pairs[:most]
    if rest := pairs[most:]:
        named.append((f"{len(rest)} others", exact_sum(value for _, value in rest)))
    labels = [f"{name}  {_amount(value)}" for name, value in named]
    figure = _pygal().HorizontalBar(**_options(40 + ROW_PIXELS * len(named), labels), show_legend=False)
    # pygal counts from the bottom to the top.
    figure.x_labels = labels[::-1]
    figure.add("", [_point(value, name) for name, value in reversed(named)])
    return _svg(figure, section)


def _columns(section: Section, chart: Chart) -> str:
    """Values over days, stacked by series; days without a row stay empty."""
    stacks: dict[str, dict[date, Decimal]] = defaultdict(dict)
    for row in section.frame.records():
        stack = stacks[_name(row[chart.series]) if chart.series else ""]
        stack[row[chart.label]] = stack.get(row[chart.label], Decimal(0)) + row[chart.value]
    known = {day.toordinal() for stack in stacks.values() for day in stack}
    days = [date.fromordinal(number) for number in range(min(known), max(known) + 1)]
    figure = _pygal().StackedBar(
        **_options(COLUMN_PIXELS, []), show_legend=len(stacks) > 1, legend_at_bottom=True, show_minor_x_labels=False
    )
    figure.x_labels = [day.isoformat() for day in days]
    figure.x_labels_major = [day.isoformat() for day in days[::NAMED_DAYS]]
    for name, stack in stacks.items():
        figure.add(name, [_point(stack[day], f"{day} {name}".strip()) if day in stack else None for day in days])
    return _svg(figure, section)


def _pygal() -> ModuleType:
    """The library, without its finder of maps: that speaks a protocol of import which is gone, and warns at everybody's imports."""
    import pygal

    sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != "pygal"]
    return cast("ModuleType", pygal)


def _pairs(section: Section, chart: Chart) -> Iterator[tuple[str, Decimal]]:
    """Name and value of each bar; where one name stands for several, with the account that tells them apart."""
    rows = [row for row in section.frame.records() if row[chart.label] not in chart.without]
    several = len({row["account"] for row in rows}) > 1 if "account" in section.frame.names else False
    for row in rows:
        name = _name(row[chart.label])
        yield f"{name}, {row['account']}" if several else name, row[chart.value] or Decimal(0)


def _size(pair: tuple[str, Decimal]) -> Decimal:
    return abs(pair[1])


def _name(label: Any) -> str:
    """A name that fits beside a bar."""
    text = formatting.cell(_TEXT, label) or "none"
    return text if _em(text) <= LONGEST_NAME else text[: LONGEST_NAME // (2 if _em(text) > len(text) else 1) - 1] + "…"


def _em(text: str) -> int:
    """The width of a text in halves of its height."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def _point(value: Decimal, name: str) -> dict[str, Any]:
    """A value, the last step to pixels, under its own words."""
    return {"value": float(value), "formatter": lambda _: _amount(value), "label": name}


def _amount(value: Decimal) -> str:
    return f"{rounded(value, 2):,f}"


def _options(height: int, labels: list[str]) -> dict[str, Any]:
    """What all charts have in common. pygal takes each sign for half as wide as it is high, and wide ones are not."""
    wide = max((_em(label) - len(label) for label in labels), default=0)
    return {
        "width": WIDTH,
        "height": height,
        "js": [],
        "no_prefix": True,
        "disable_xml_declaration": True,
        "margin": 8,
        "margin_left": 8 + 7 * wide,
        "spacing": 6,
        "truncate_label": -1,
        "truncate_legend": -1,
        "max_scale": 6,
        "value_formatter": lambda value: f"{value:,.6g}",
    }


def _svg(figure: pygal.graph.graph.Graph, section: Section) -> str:
    figure.add_xml_filter(_bare)
    return str(figure.render(is_unicode=True)).replace("<svg ", f'<svg role="img" aria-label="Chart: {section.title}" ', 1)


def _bare(root: Element) -> Element:
    """The drawing alone: no script, no style, no comment with the date of today; tooltips as every browser shows them."""
    for parent in list(root.iter()):
        parent.attrib.pop("id", None)
        descriptions = {child.get("class"): child.text for child in parent if child.tag == "desc"}
        for child in list(parent):
            if not isinstance(child.tag, str) or child.tag in _LEFT_OUT or "overlay" in child.get("class", ""):
                parent.remove(child)
        if {"label", "value"} <= descriptions.keys():
            title = Element("title")
            title.text = f"{descriptions['label']}: {descriptions['value']}"
            parent.insert(0, title)
    return root
