"""The page Tokens: the usage of each meter, the share of the input that came from the cache, and the cost that it saved."""

from decimal import Decimal
from typing import Any

import streamlit as st

from analytics.core.money import exact_sum, quotient
from analytics.core.usage import METERS
from analytics.dashboard.charts.small_multiples import Panel, line_panels, stacked_panels
from analytics.dashboard.charts.theme import Theme
from analytics.dashboard.components import chart_card, filter_bar, layout, messages, trend_series
from analytics.dashboard.data import granularity, query_cache, url_state
from analytics.dashboard.data.chart_series import Formatter
from analytics.dashboard.data.granularity import TrendBreakdown
from analytics.dashboard.data.url_state import View
from analytics.dashboard.i18n.code_labels import VALUES
from analytics.dashboard.i18n.translation import _, current
from analytics.reports.report import Report

HALF_PIXELS = 480
_MONTHLY_TOTAL = {"grain": "month", "by": "total"}


def main(view: View) -> None:
    """Show the page."""
    breakdown = granularity.breakdown_from_url(view)
    scope = view.scope | {"grain": breakdown.grain, "by": breakdown.by, "top": trend_series.TOP_SERIES}
    query_cache.prefetch(("tokens-trend", scope), ("savings-trend", scope), ("savings-trend", view.scope | _MONTHLY_TOTAL))
    summary = query_cache.report("summary", **view.scope)
    layout.heading(_("Tokens"), view, summary)
    # A view without use may still have a period before to be compared with.
    if not any(summary.frame.values("request_count")) and not any(summary.frame.values("total_tokens")):
        messages.no_rows(summary)
        return
    row = next(summary.frame.records())
    summary_tiles(view, row)
    messages.caveats(summary)
    filter_bar.breakdown_choice(view, breakdown)
    theme = trend_series.chart_theme(view, breakdown)
    tokens_report = query_cache.report("tokens-trend", **scope)
    trend_series.remarks(tokens_report, view, breakdown)
    if not tokens_report.frame.rows:
        return
    meter_panels(view, breakdown, theme, tokens_report)
    with st.grid(min_column_width=340, key="halves"):
        ratio_panels(view, breakdown, theme, tokens_report)
        savings_panel(view, breakdown, theme, query_cache.report("savings-trend", **scope))


def summary_tiles(view: View, row: dict[str, Any]) -> None:
    """Show the six numbers of the view."""
    language = current()
    hit, miss, output, requests = (row[meter] for meter in METERS)
    with st.grid(min_column_width=145, key="tiles"):
        layout.tile(
            _("Tokens"),
            language.compact(row["total_tokens"]),
            help=_(
                "Input tokens: {hit} from the cache, {miss} not. Output tokens: {output}.",
                hit=language.number(hit),
                miss=language.number(miss),
                output=language.number(output),
            ),
            below=_("of which output: {count}", count=language.compact(output)),
        )
        layout.tile(
            _("Cache hit ratio"),
            language.percent(row["cache_hit_ratio"]),
            help=_("Input tokens: {hit} from the cache, {miss} not.", hit=language.number(hit), miss=language.number(miss)),
            below=_("of {count} input tokens", count=language.compact(hit + miss)),
        )
        _savings_tile(view)
        layout.tile(
            _("Request size"),
            language.number(quotient(Decimal(row["total_tokens"]), requests, 0) if requests else None),
            help=_("Tokens: {tokens}, requests: {count}", tokens=language.number(row["total_tokens"]), count=language.number(requests)),
            below=_("tokens, in requests: {count}", count=language.compact(requests)),
        )
        _average_cost_tile(_("Cost per request"), row["cost_per_request"], requests, _("for requests: {count}"), view, row)
        _average_cost_tile(_("Cost per million"), row["cost_per_million_tokens"], row["total_tokens"], _("for tokens: {count}"), view, row)


def _savings_tile(view: View) -> None:
    language, currency = current(), view.currency
    rows = list(query_cache.report("savings-trend", **view.scope, **_MONTHLY_TOTAL).frame.records())
    saved = exact_sum(row["saved_cost"] for row in rows if row["saved_cost"] is not None)
    paid = exact_sum(row["input_cache_hit_cost"] for row in rows)
    unvalued = sum(row["unvalued_tokens"] for row in rows)
    explanation = _(
        "Cache hits cost {paid}. At the price of a miss in the same hour or day and tier they would have cost {saved} more.",
        paid=language.exact_money(paid, currency),
        saved=language.exact_money(saved, currency),
    )
    not_counted = _("Hits without such a price, not counted: {count}.", count=language.number(unvalued)) if unvalued else ""
    layout.tile(
        _("Cache saved"),
        language.compact_money(saved, currency) if rows else "–",
        help=f"{explanation} {not_counted}".strip(),
        below=_("{ratio} off the cached input", ratio=language.percent(saved / (saved + paid) if saved + paid else None)),
    )


def _average_cost_tile(label: str, cost: float | None, count: int, below: str, view: View, row: dict[str, Any]) -> None:
    language = current()
    exact_below = below.format(count=language.number(count))
    layout.tile(
        label,
        language.money(None if cost is None else Decimal(repr(cost)), view.currency, places=4),
        help=f"{language.exact_money(row['computed_cost'], view.currency)} {exact_below}",
        below=below.format(count=language.compact(count)),
    )


def meter_panels(view: View, breakdown: TrendBreakdown, theme: Theme, report: Report) -> None:
    """Show a panel for each meter, with its total."""
    # The same order in each panel, so that a colour is at the same height.
    order, *rest = (
        trend_series.series(report.frame, view, breakdown, theme, value=column, text=current().number)
        for column in ("total_tokens", *METERS)
    )
    ranks = {one.name: rank for rank, one in enumerate(order)}
    series_by_meter = {meter: sorted(series, key=lambda one: ranks[one.name]) for meter, series in zip(METERS, rest, strict=True)}
    totals = {meter: current().compact(sum(report.frame.values(meter))) for meter in METERS}
    panels = [Panel(" · ".join((_(VALUES[meter]), totals[meter])), series_by_meter[meter]) for meter in METERS]
    unit = trend_series.unit(_("tokens and requests, paid in {unit}", unit=view.unit), view, breakdown)
    alt = _("Stacked bars, a panel for each meter: {unit}. Largest: {name}.", unit=unit, name=order[0].name)
    scales = _("{unit} · each panel has its own scale", unit=unit)
    chart_card.chart(stacked_panels(panels, theme), report, title=_("Tokens and requests"), unit=scales, alt=alt, key="meters")


def ratio_panels(view: View, breakdown: TrendBreakdown, theme: Theme, report: Report) -> None:
    """Show how much of the input came from the cache, and how large requests are."""
    ratio = trend_series.series(report.frame, view, breakdown, theme, value="cache_hit_ratio", text=current().percent, with_rest=False)
    length = trend_series.series(report.frame, view, breakdown, theme, value="tokens_per_request", text=_whole_number, with_rest=False)
    panels = [Panel(_("Cache hit ratio"), ratio, is_ratio=True), Panel(_("Tokens per request"), length)]
    unit = trend_series.unit(_("share of the input tokens; tokens · usage paid in {unit}", unit=view.unit), view, breakdown)
    if any(report.frame.values("is_other")):
        # A ratio of many different series has no meaning.
        unit = _("{unit} · without the rest", unit=unit)
    alt = _("Lines: cache hit ratio and tokens per request, {unit}.", unit=unit)
    title = _("Cache hit ratio and tokens per request")
    chart_card.chart(line_panels(panels, theme, height=HALF_PIXELS), report, title=title, unit=unit, alt=alt, key="rates")


def _whole_number(value: float) -> str:
    return current().number(round(value))


def savings_panel(view: View, breakdown: TrendBreakdown, theme: Theme, report: Report) -> None:
    """Show how much more cache hits would have cost as misses."""
    if not any(report.frame.values("saved_cost")):
        with layout.card(_("Saved by the cache"), trend_series.unit(view.unit, view, breakdown), key="savings"):
            layout.small_print(_("No input of this view came from the cache, or no price of a miss is known to compare with."))
        return
    series = trend_series.series(report.frame, view, breakdown, theme, value="saved_cost", text=_money(view))
    unit = trend_series.unit(view.unit, view, breakdown)
    alt = _("Stacked bars: saved by the cache, {unit}.", unit=unit)
    figure = stacked_panels([Panel(_("Price of a miss − price of a hit, × hits"), series, sign=theme.sign)], theme, height=HALF_PIXELS)
    chart_card.chart(figure, report, title=_("Saved by the cache"), unit=unit, alt=alt, key="savings")


def _money(view: View) -> Formatter:
    return lambda amount: current().money(amount, view.currency)


main(url_state.current_view())
