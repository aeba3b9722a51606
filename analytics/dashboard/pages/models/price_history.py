"""Prices over time as lines of a chart and as sentences, and the costs of models by meter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from analytics.core.frame import Frame
from analytics.core.messages import N_
from analytics.core.money import EXACT, exact_sum, quotient
from analytics.core.usage import CACHE_HITS, CACHE_MISSES, OUTPUT, TOKEN_METERS
from analytics.dashboard.charts.small_multiples import PriceSteps
from analytics.dashboard.charts.stacked_shares import Part
from analytics.dashboard.charts.theme import PALETTES, Theme
from analytics.dashboard.data.url_state import View
from analytics.dashboard.i18n.safe_text import markdown, plotly
from analytics.dashboard.i18n.translation import _, current

LABELS = {CACHE_HITS: N_("Cache hit"), CACHE_MISSES: N_("Cache miss"), OUTPUT: N_("Output")}
METER_COLOURS = slice(4, 7)
"""Meters have the colours of the palette that models, of which there are few, do not need."""

LONGEST_PAUSE_DAYS = 10
"""The line of a price has a gap where nobody paid it for more days, as in the report `price-steps`."""

_METER_TEXTS = {
    (CACHE_HITS, "standard"): N_("cache hit"),
    (CACHE_HITS, "off-peak"): N_("cache hit off-peak"),
    (CACHE_HITS, "peak"): N_("cache hit at peak"),
    (CACHE_MISSES, "standard"): N_("cache miss"),
    (CACHE_MISSES, "off-peak"): N_("cache miss off-peak"),
    (CACHE_MISSES, "peak"): N_("cache miss at peak"),
    (OUTPUT, "standard"): N_("output"),
    (OUTPUT, "off-peak"): N_("output off-peak"),
    (OUTPUT, "peak"): N_("output at peak"),
}


@dataclass(frozen=True)
class Change:
    """The changed prices of a model at one time: `when` and `model` as text, a sentence for each price, all plain text."""

    day: date
    when: str
    model: str
    sentences: list[str]


def changes(frame: Frame, view: View) -> list[Change]:
    """Return the changes of price within the view, the newest first, from the rows of `price-steps`."""
    rows = [row for row in frame.records() if _is_change(row, view)]
    rows.sort(key=lambda row: (-row["first_date"].toordinal(), row["model"], TOKEN_METERS.index(row["meter"]), row["million_tokens_price"]))
    groups = groupby(rows, key=lambda row: (row["first_date"], row["model"], _when(row)))
    return [Change(day, when, model, [_sentence(row, view) for row in group]) for (day, model, when), group in groups]


def _is_change(row: dict[str, Any], view: View) -> bool:
    before, first = row["previous_million_tokens_price"], row["first_date"]
    return before not in (None, row["million_tokens_price"]) and view.period.start is not None and first >= view.period.start


def _when(row: dict[str, Any]) -> str:
    """Return the day of a change as text, or the two days between which it was, because nobody paid either price in between."""
    last, first = row["previous_last_date"], row["first_date"]
    day = current().day(first)
    if first - last <= timedelta(days=1):
        return _("on {day}", day=day)
    return _("between {first} and {last}", first=current().day(last), last=day)


def _sentence(row: dict[str, Any], view: View) -> str:
    before, after = row["previous_million_tokens_price"], row["million_tokens_price"]
    meter_text = _METER_TEXTS[row["meter"], row["tier"]]
    values = {"what": _(meter_text), "before": price(before, view), "after": price(after, view)}
    text = _("{what} fell from {before} to {after}", **values) if after < before else _("{what} rose from {before} to {after}", **values)
    return f"{text} ({current().percent(row['change_ratio'], signed=True)})"


def price(amount: Decimal, view: View) -> str:
    """Return the price of a million tokens with all its digits: ¥2, ¥0.025, $0.435."""
    text = current().exact_money(amount, view.currency)
    return text.removesuffix(".00")


def steps(frame: Frame, view: View, theme: Theme, meter: str) -> list[PriceSteps]:
    """Return the prices of a meter over time: for each model a line off-peak or all day, and a dotted one at peak."""
    rows = [row for row in frame.records() if row["meter"] == meter]
    ordered = sorted(rows, key=lambda row: (_rank(row["model"], view), row["tier"] == "peak", row["first_date"]))
    lines = groupby(ordered, key=lambda row: (row["model"], row["tier"] == "peak"))
    return [_line(list(line), view, theme, is_peak=is_peak) for (_model, is_peak), line in lines]


def _rank(model: str, view: View) -> tuple[int, str]:
    return view.model_ranks.get(model, len(view.model_ranks)), model


def _line(rows: list[dict[str, Any]], view: View, theme: Theme, *, is_peak: bool) -> PriceSteps:
    model = plotly(rows[0]["model"], 32)
    line = PriceSteps(
        _("{model}, peak", model=model) if is_peak else model, theme.colour(rows[0]["model"], view.model_ranks), is_peak=is_peak
    )
    for row, after in zip(rows, [*rows[1:], None], strict=True):
        first, end = _days_in_view(row, view)
        text = _("{price} from {first} to {last}", price=price(row["million_tokens_price"], view), **_days(row))
        _point(line, first, row["million_tokens_price"], text, is_step=first == row["first_date"])
        if after is None or after["first_date"] - row["last_date"] > timedelta(days=LONGEST_PAUSE_DAYS):
            _point(line, end, row["million_tokens_price"], text)
            _point(line, end, None, "")
    return line


def _point(line: PriceSteps, day: date, value: Decimal | None, text: str, *, is_step: bool = False) -> None:
    line.days.append(day)
    line.values.append(value)
    line.exact.append(text)
    line.shown.append(is_step)


def _days_in_view(row: dict[str, Any], view: View) -> tuple[date, date]:
    """Return the first day of a price and the day after its last, within the view."""
    after = row["last_date"] + timedelta(days=1)
    return max(row["first_date"], view.period.start or date.min), min(after, view.period.end or date.max)


def _days(row: dict[str, Any]) -> dict[str, str]:
    return {"first": current().day(row["first_date"]), "last": current().day(row["last_date"])}


def peak_ratio(frame: Frame) -> Decimal | None:
    """Return the share of the spend of `price-steps` at peak prices; None where nothing was spent."""
    cost = exact_sum(frame.values("computed_cost"))
    peak = exact_sum(row["computed_cost"] for row in frame.records() if row["tier"] == "peak")
    return peak / cost if cost else None


@dataclass(frozen=True)
class Model:
    """A model's rows of `spend-by-meter` by meter, with their sums."""

    name: str
    meters: dict[str, dict[str, Any]]

    @property
    def cost(self) -> Decimal:
        """The cost of its tokens."""
        return exact_sum(row["computed_cost"] for row in self.meters.values())

    @property
    def tokens(self) -> int:
        """Its tokens of all meters."""
        return sum(row["quantity"] for row in self.meters.values())


def models(frame: Frame) -> list[Model]:
    """Return the models of `spend-by-meter`, that of the highest cost first."""
    rows = [row for row in frame.records() if row["meter"] in TOKEN_METERS]
    groups = groupby(sorted(rows, key=lambda row: str(row["model"])), key=lambda row: str(row["model"]))
    models = [Model(name, {row["meter"]: row for row in of_model}) for name, of_model in groups]
    return sorted(models, key=lambda model: (-model.cost, model.name))


def cost_and_tokens(models: list[Model], meter: str | None = None) -> tuple[Decimal, int]:
    """Return the cost and the number of tokens of all models, or of one meter of them."""
    rows = [row for model in models for name, row in model.meters.items() if meter in (None, name)]
    return exact_sum(row["computed_cost"] for row in rows), sum(row["quantity"] for row in rows)


def price_per_million(cost: Decimal, tokens: int) -> Decimal | None:
    """Return the average price of a million tokens, with four decimals; None without tokens."""
    return quotient(EXACT.scaleb(cost, 6), tokens, 4) if tokens else None


def meter_parts(models: list[Model], column: str, view: View, theme: Theme, names: dict[str, str]) -> Iterator[Part]:
    """Yield a part of the chart for each meter, with a value per model of `computed_cost` or `quantity`."""
    language = current()
    for meter, colour in zip(TOKEN_METERS, PALETTES[theme.name][METER_COLOURS], strict=True):
        values = [model.meters.get(meter, {}).get(column) or 0 for model in models]
        text = [language.money(Decimal(v), view.currency) if column == "computed_cost" else language.number(v) for v in values]
        yield Part(names[meter], colour, values, text)


def change_markdown(change: Change) -> str:
    """Return a change in Markdown: its model and day, and a sentence for each price."""
    return "\n".join(
        [f"**{markdown(change.model)}** {markdown(change.when)}", "", *(f"- {markdown(sentence, 200)}" for sentence in change.sentences)]
    )
