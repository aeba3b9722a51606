"""The page Overview: spend by key and model, its largest changes, and whether the numbers are complete and reconciled."""

from typing import Any

import streamlit as st

from analytics.dashboard.charts import base
from analytics.dashboard.charts.base import Figure
from analytics.dashboard.charts.theme import Theme
from analytics.dashboard.components import chart_card, forecast, layout, messages, tiles
from analytics.dashboard.data import chart_series, granularity, query_cache, url_state
from analytics.dashboard.data.url_state import View
from analytics.dashboard.i18n.translation import _, current
from analytics.dashboard.pages.overview import budgets
from analytics.reports.report import Report

TOP_SERIES = 7
MOVERS = 5


def main(view: View) -> None:
    """Show the page."""
    trend_scope = view.scope | {"grain": granularity.chart_grain(view), "by": "key", "top": TOP_SERIES}
    movers_scope = view.scope | {"top": MOVERS}
    query_cache.prefetch(
        ("spend-trend", trend_scope), ("forecast", forecast.scope(view)), ("spend-by-model", view.scope), ("key-movers", movers_scope)
    )
    summary = query_cache.report("summary", **view.scope)
    layout.heading(_("Overview"), view, summary)
    if not summary.frame.rows:
        messages.no_rows(summary)
        return
    row = next(summary.frame.records())
    summary_tiles(view, summary, row)
    messages.caveats(summary)
    if not row["api_key_count"]:
        messages.no_rows(summary)
        return
    theme = layout.chart_theme(view)
    spend_chart(view, theme, query_cache.report("spend-trend", **trend_scope))
    models_and_movers(view, theme, query_cache.report("spend-by-model", **view.scope), query_cache.report("key-movers", **movers_scope))
    budgets.show(view, theme)


def summary_tiles(view: View, report: Report, row: dict[str, Any]) -> None:
    """Show the six numbers of the view."""
    language = current()
    forecast_row = next(query_cache.report("forecast", **forecast.scope(view)).frame.records(), None)
    with st.grid(min_column_width=145, key="tiles"):
        _cost_tile(view, row)
        tiles.change(view, report, row)
        forecast.tile(view, forecast_row)
        layout.tile(
            _("Reconciled"),
            language.percent(row["reconciled_ratio"]),
            help=_("The share of the spend on days and models whose bill and usage agree to the last digit."),
            below=_("of the spend"),
        )
        tiles.cache_hit_ratio(row)
        tiles.request_cost(view, row)


def _cost_tile(view: View, row: dict[str, Any]) -> None:
    language, currency, billed = current(), view.currency, row["billed_cost"]
    computed = language.exact_money(row["computed_cost"], currency)
    if billed is None:
        layout.tile(
            _("Computed"),
            language.compact_money(row["computed_cost"], currency),
            help=computed,
            below=_("price × quantity; the bill names no keys") if view.keys else _("price × quantity; there is no bill"),
        )
        return
    layout.tile(
        _("Billed"),
        language.compact_money(billed, currency),
        help=_("Billed {billed}, computed {computed}", billed=language.exact_money(billed, currency), computed=computed),
        below=_("Active keys: {count}", count=language.number(row["api_key_count"])),
    )


def spend_chart(view: View, theme: Theme, report: Report) -> None:
    """Show spend over time by key."""
    series = chart_series.series(report.frame, view, theme)
    grain = granularity.chart_grain(view)
    title = {"day": _("Spend per day by key"), "week": _("Spend per week by key"), "month": _("Spend per month by key")}[grain]
    alt = _("Stacked bars: {title}. Largest: {name}.", title=title, name=series[0].name)
    chart_card.chart(base.stacked_bars(series, theme), report, title=title, unit=view.unit, alt=alt, key="spend")


def models_and_movers(view: View, theme: Theme, by_model: Report, movers_report: Report) -> None:
    """Show spend by model next to the keys that changed most, at the same height."""
    models = chart_series.bars(by_model.frame, view, theme)
    keys = chart_series.bars(movers_report.frame, view, theme, value="change_cost", text=_signed(view))
    movers = [bar for bar, is_other in zip(keys, movers_report.frame.values("is_other"), strict=True) if not is_other]
    rows = max(len(models), len(movers))
    with st.grid(min_column_width=340, key="halves"):
        _models_chart(view, by_model, models, base.ranking(models, theme, rows=rows))
        _movers_chart(view, movers_report, movers, base.ranking(movers, theme, rows=rows))


def _models_chart(view: View, report: Report, bars: list[base.Bar], figure: Figure) -> None:
    alt = _("Bars: spend by model. Largest: {name} with {amount}.", name=bars[0].name, amount=bars[0].exact)
    chart_card.chart(figure, report, title=_("Spend by model"), unit=view.unit, alt=alt, key="models")


def _movers_chart(view: View, report: Report, bars: list[base.Bar], figure: Figure) -> None:
    if report.previous is None or not bars:
        with layout.card(_("Keys that moved most"), view.unit, key="movers"):
            layout.small_print(_("There is no evidence of a period before to compare with."))
        return
    unit = " · ".join([view.unit, _("against {period}", period=current().period(report.previous))])
    alt = _("Bars: change of cost by key. First: {name} with {amount}.", name=bars[0].name, amount=bars[0].exact)
    chart_card.chart(figure, report, title=_("Keys that moved most"), unit=unit, alt=alt, key="movers")


def _signed(view: View) -> chart_series.Formatter:
    return lambda amount: ("+" if amount > 0 else "") + current().money(amount, view.currency)


main(url_state.current_view())
