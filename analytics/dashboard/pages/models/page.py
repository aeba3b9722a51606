"""The page Models and prices: the cost of models by meter, effective prices, and changes of price."""

from datetime import date, timedelta
from decimal import Decimal

import streamlit as st

from analytics.core.usage import TOKEN_METERS
from analytics.dashboard.charts.small_multiples import Panel, line_panels, step_panels
from analytics.dashboard.charts.stacked_shares import SharePanel, stacked_shares
from analytics.dashboard.charts.theme import Theme
from analytics.dashboard.components import chart_card, filter_bar, layout, messages, trend_series
from analytics.dashboard.data import granularity, query_cache, url_state
from analytics.dashboard.data.granularity import TrendBreakdown
from analytics.dashboard.data.url_state import View
from analytics.dashboard.i18n.code_labels import VALUES
from analytics.dashboard.i18n.safe_text import plotly
from analytics.dashboard.i18n.translation import _, current
from analytics.dashboard.pages.models import price_history
from analytics.reports.report import Report

SHOWN_CHANGES = 6


def main(view: View) -> None:
    """Show the page."""
    summary = query_cache.report("summary", **view.scope)
    layout.heading(_("Models and prices"), view, summary)
    if not any(summary.frame.values("total_tokens")):
        messages.no_rows(summary)
        return
    price_steps = query_cache.report("price-steps", **view.scope)
    changes = price_history.changes(price_steps.frame, view)
    tiles(view, price_steps, changes)
    messages.caveats(summary)
    breakdown = granularity.breakdown_from_url(view, by="model")
    theme = trend_series.chart_theme(view, breakdown)
    filter_bar.breakdown_choice(view, breakdown, by=False)
    costs = query_cache.report("unit-cost-trend", **view.scope, grain=breakdown.grain, by="model", top=trend_series.TOP_SERIES)
    trend_series.remarks(costs, view, breakdown)
    with st.grid(min_column_width=340, key="halves"):
        height = spend_chart(view, theme)
        effective_price_chart(view, breakdown, theme, costs, height)
    prices_chart(view, theme, price_steps, changes)


def tiles(view: View, price_steps: Report, changes: list[price_history.Change]) -> None:
    """Show the price of a million tokens, in total and of each meter, the share paid at peak, and the number of changes."""
    language = current()
    models = price_history.models(query_cache.report("spend-by-meter", **view.scope).frame)
    with st.grid(min_column_width=145, key="tiles"):
        _price_tile(_("Cost per million"), price_history.cost_and_tokens(models), view)
        for meter, label in price_history.LABELS.items():
            _price_tile(_(label), price_history.cost_and_tokens(models, meter), view)
        layout.tile(
            _("Paid at peak"),
            language.percent(price_history.peak_ratio(price_steps.frame)),
            help=_("A peak price is the dearer of two that were in force on the same days."),
            below=_("of the spend"),
        )
        layout.tile(
            _("Price changes"),
            language.number(sum(len(change.sentences) for change in changes)),
            help=_("Prices of a model, meter and tier that were other than before."),
            below=_("last {when}", when=changes[0].when) if changes else _("none in this period"),
        )


def _price_tile(label: str, cost_and_tokens: tuple[Decimal, int], view: View) -> None:
    language, (cost, tokens) = current(), cost_and_tokens
    layout.tile(
        label,
        language.money(price_history.price_per_million(cost, tokens), view.currency, places=4),
        help=_("{cost} for tokens: {count}", cost=language.exact_money(cost, view.currency), count=language.number(tokens)),
        below=_("per million of {count}", count=language.compact(tokens)),
    )


def spend_chart(view: View, theme: Theme) -> int:
    """Show spend and tokens of each model by meter; return the height of the figure in pixels."""
    report, language = query_cache.report("spend-by-meter", **view.scope), current()
    models = price_history.models(report.frame)
    meters = {meter: _(VALUES[meter]) for meter in TOKEN_METERS}
    cost, tokens = (list(price_history.meter_parts(models, column, view, theme, meters)) for column in ("computed_cost", "quantity"))
    panels = [
        SharePanel(_("Spend"), cost, [language.money(model.cost, view.currency) for model in models], theme.sign),
        SharePanel(_("Tokens"), tokens, [language.compact(model.tokens) for model in models]),
    ]
    figure = stacked_shares([plotly(model.name, 32) for model in models], panels, theme)
    dearest = plotly(models[0].name, 32)
    alt = _("Bars: spend and tokens by model and meter. Dearest: {name}, {amount}.", name=dearest, amount=panels[0].sums[0])
    unit = _("{unit} · each panel has its own scale", unit=view.unit)
    chart_card.chart(figure, report, title=_("Spend and tokens by model"), unit=unit, alt=alt, key="spend")
    return int(figure.layout.height)


def effective_price_chart(view: View, breakdown: TrendBreakdown, theme: Theme, report: Report, height: int) -> None:
    """Show the effective price of a million tokens over time."""
    series = trend_series.series(
        report.frame, view, breakdown, theme, value="cost_per_million_tokens", text=lambda cost: _four_decimals(cost, view)
    )
    unit = trend_series.unit(_("per million tokens, in {unit}", unit=view.unit), view, breakdown)
    figure = line_panels([Panel(_("All meters and tiers together"), series, sign=theme.sign)], theme, height=height)
    alt = _("Lines: effective price by model, {unit}.", unit=unit)
    chart_card.chart(figure, report, title=_("Effective price"), unit=unit, alt=alt, key="effective")


def _four_decimals(cost: float, view: View) -> str:
    return current().money(Decimal(repr(cost)), view.currency, places=4)


def change_list(view: View, changes: list[price_history.Change]) -> None:
    """Show the changes of price as sentences, a list for each model and day."""
    with layout.card(_("Price changes"), _("per million tokens, in {unit}", unit=view.unit), key="changes"):
        if not changes:
            st.markdown(_("No price changed in this period."))
        with st.grid(min_column_width=340, key="sentences"):
            for change in changes[:SHOWN_CHANGES]:
                st.markdown(price_history.change_markdown(change))
        if len(changes) > SHOWN_CHANGES:
            layout.small_print(_("Earlier changes are in the rows of the prices paid: {count}.", count=len(changes) - SHOWN_CHANGES))


def prices_chart(view: View, theme: Theme, report: Report, changes: list[price_history.Change]) -> None:
    """Show prices as steps, with their changes as sentences."""
    change_list(view, changes)
    panels = [Panel(_(VALUES[meter]), price_history.steps(report.frame, view, theme, meter), sign=theme.sign) for meter in TOKEN_METERS]
    first = view.period.start or min(report.frame.values("first_date"))
    end = min(view.period.end or date.max, view.last_date + timedelta(days=1))
    figure = step_panels(panels, theme, first=first, end=end)
    unit = _("per million tokens, in {unit} · dotted: peak price · each panel has its own scale", unit=view.unit)
    alt = _("Steps, a panel for each meter: prices paid, {unit}. Changes: {count}.", unit=unit, count=len(changes))
    chart_card.chart(figure, report, title=_("Prices paid"), unit=unit, alt=alt, key="prices")


main(url_state.current_view())
