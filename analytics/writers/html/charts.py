"""Charts of sections as SVG inside a page, drawn by pygal, without its script and style, so that the style of the page applies."""

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


def section_svg(section: Section) -> str | None:
    """The SVG of a section's chart; None without a chart, without rows, or with amounts of more than one currency."""
    chart, frame = section.chart, section.frame
    if chart is None or not {chart.label, chart.value} <= set(frame.names) or not frame.rows:
        return None
    if "currency" in frame.names and len(set(frame.values("currency"))) > 1:
        return None
    return _columns(section, chart) if chart.kind == "columns" else _bars(section, chart)


def _bars(section: Section, chart: Chart) -> str:
    """The SVG of bars: the largest values by name, the first on top, and the sum of all others."""
    pairs = sorted(_pairs(section, chart), key=_size, reverse=True)
    most = MOST_BARS if len(pairs) > MOST_BARS + 1 else len(pairs)
    named = pairs[:most]
    if rest := pairs[most:]:
        named.append((f"{len(rest)} others", exact_sum(value for _, value in rest)))
    labels = [f"{name}  {_amount(value)}" for name, value in named]
    figure = _pygal().HorizontalBar(**_options(40 + ROW_PIXELS * len(named), labels), show_legend=False)
    # pygal draws horizontal bars from the bottom to the top.
    figure.x_labels = labels[::-1]
    figure.add("", [_point(value, name) for name, value in reversed(named)])
    return _svg(figure, section)


def _columns(section: Section, chart: Chart) -> str:
    """The SVG of columns: values over days, stacked by series; days without a row are empty."""
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
    """The module pygal, with its finder of map plugins removed: it implements an obsolete import protocol, and warns at every import."""
    import pygal

    sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != "pygal"]
    return cast("ModuleType", pygal)


def _pairs(section: Section, chart: Chart) -> Iterator[tuple[str, Decimal]]:
    """The name and value of each bar; with several accounts, the account is part of the name."""
    rows = [row for row in section.frame.records() if row[chart.label] not in chart.without]
    several = len({row["account"] for row in rows}) > 1 if "account" in section.frame.names else False
    for row in rows:
        name = _name(row[chart.label])
        yield f"{name}, {row['account']}" if several else name, row[chart.value] or Decimal(0)


def _size(pair: tuple[str, Decimal]) -> Decimal:
    return abs(pair[1])


def _name(label: Any) -> str:
    """The label of a bar, shortened to LONGEST_NAME halves of an em."""
    text = formatting.cell(_TEXT, label) or "none"
    return text if _em(text) <= LONGEST_NAME else text[: LONGEST_NAME // (2 if _em(text) > len(text) else 1) - 1] + "…"


def _em(text: str) -> int:
    """The width of a text in halves of an em: East Asian wide characters count two."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def _point(value: Decimal, name: str) -> dict[str, Any]:
    """A value for pygal, as a float only here, with its exact text and its label."""
    return {"value": float(value), "formatter": lambda _: _amount(value), "label": name}


def _amount(value: Decimal) -> str:
    return f"{rounded(value, 2):,f}"


def _options(height: int, labels: list[str]) -> dict[str, Any]:
    """The options that all charts share; the left margin makes room for wide characters, which pygal measures as narrow ones."""
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
    """The drawing without script, style and comments, so that it is reproducible; tooltips are SVG titles, which every browser shows."""
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
