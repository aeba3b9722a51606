"""Models and prices: what was paid for what, what a million tokens came to, and when prices changed."""

from datetime import date, timedelta
from decimal import Decimal

import streamlit as st

from analytics.dashboard.charts.small_multiples import Panel, line_panels, step_panels
from analytics.dashboard.charts.stacked_shares import SharePanel, stacked_shares
from analytics.dashboard.charts.theme import Theme
from analytics.dashboard.components import chart_card, filter_bar, layout, messages, trend_series
from analytics.dashboard.data import granularity, query_cache, url_state
from analytics.dashboard.data.granularity import TrendBreakdown
from analytics.dashboard.data.url_state import View
from analytics.dashboard.i18n.column_labels import VALUES
from analytics.dashboard.i18n.safe_text import plotly
from analytics.dashboard.i18n.translation import _, current
from analytics.dashboard.pages.models import price_history
from analytics.reports.report import Report

TOLD_CHANGES = 6


def main(view: View) -> None:
    """Show the page."""
    summary = query_cache.report("summary", **view.scope)
    layout.heading(_("Models and prices"), view, summary)
    if not any(summary.frame.values("total_tokens")):
        messages.no_rows()
        return
    steps = query_cache.report("price-steps", **view.scope)
    changed = price_history.changes(steps.frame, view)
    tiles(view, steps, changed)
    messages.caveats(summary)
    chosen = granularity.breakdown_from_url(view, by="model")
    theme = trend_series.chart_theme(view, chosen)
    filter_bar.breakdown_choice(view, chosen, by=False)
    costs = query_cache.report("unit-cost-trend", **view.scope, grain=chosen.grain, by="model", top=trend_series.TOP_SERIES)
    trend_series.remarks(costs, view, chosen)
    with st.grid(min_column_width=340, key="halves"):
        height = spend(view, theme)
        effective(view, chosen, theme, costs, height)
    history(view, theme, steps, changed)


def tiles(view: View, steps: Report, changed: list[price_history.Change]) -> None:
    """What a million tokens came to, in all and of each meter; what was paid at peak, and what changed."""
    language = current()
    told = price_history.models(query_cache.report("spend-by-meter", **view.scope).frame)
    with st.grid(min_column_width=145, key="tiles"):
        _each(_("Cost per million"), price_history.spent(told), view)
        for meter, label in price_history.LABELS.items():
            _each(_(label), price_history.spent(told, meter), view)
        layout.tile(
            _("Paid at peak"),
            language.percent(price_history.peak_ratio(steps.frame)),
            help=_("A peak price is the dearer of two that were in force on the same days."),
            below=_("of the spend"),
        )
        layout.tile(
            _("Price changes"),
            language.number(sum(len(change.sentences) for change in changed)),
            help=_("Prices of a model, meter and tier that were other than before."),
            below=_("last {when}", when=changed[0].when) if changed else _("none in this period"),
        )


def _each(label: str, spent: tuple[Decimal, int], view: View) -> None:
    language, (cost, tokens) = current(), spent
    layout.tile(
        label,
        language.money(price_history.million(cost, tokens), view.currency, places=4),
        help=_("{cost} for tokens: {count}", cost=language.exact_money(cost, view.currency), count=language.number(tokens)),
        below=_("per million of {count}", count=language.compact(tokens)),
    )


def spend(view: View, theme: Theme) -> int:
    """Spend and tokens of each model, by meter; the height of the figure."""
    report, language = query_cache.report("spend-by-meter", **view.scope), current()
    told = price_history.models(report.frame)
    meters = {meter: _(VALUES[meter]) for meter in price_history.METERS}
    cost, used = (list(price_history.composed(told, column, view, theme, meters)) for column in ("computed_cost", "quantity"))
    panels = [
        SharePanel(_("Spend"), cost, [language.money(model.cost, view.currency) for model in told], theme.sign),
        SharePanel(_("Tokens"), used, [language.compact(model.tokens) for model in told]),
    ]
    figure = stacked_shares([plotly(model.name, 32) for model in told], panels, theme)
    dearest = plotly(told[0].name, 32)
    alt = _("Bars: spend and tokens by model and meter. Dearest: {name}, {amount}.", name=dearest, amount=panels[0].sums[0])
    unit = _("{unit} · each panel has its own scale", unit=view.unit)
    chart_card.chart(figure, report, title=_("Spend and tokens by model"), unit=unit, alt=alt, key="spend")
    return int(figure.layout.height)


def effective(view: View, chosen: TrendBreakdown, theme: Theme, report: Report, height: int) -> None:
    """What a million tokens came to, over time."""
    drawn = trend_series.series(report.frame, view, chosen, theme, value="cost_per_million_tokens", text=lambda cost: _four(cost, view))
    unit = trend_series.unit(_("per million tokens, in {unit}", unit=view.unit), view, chosen)
    figure = line_panels([Panel(_("All meters and tiers together"), drawn, sign=theme.sign)], theme, height=height)
    alt = _("Lines: effective price by model, {unit}.", unit=unit)
    chart_card.chart(figure, report, title=_("Effective price"), unit=unit, alt=alt, key="effective")


def _four(cost: float, view: View) -> str:
    return current().money(Decimal(repr(cost)), view.currency, places=4)


def words(view: View, changed: list[price_history.Change]) -> None:
    """The changes of price as sentences, a list for each model and day."""
    with layout.card(_("Price changes"), _("per million tokens, in {unit}", unit=view.unit), key="changes"):
        if not changed:
            st.markdown(_("No price changed in this period."))
        with st.grid(min_column_width=340, key="sentences"):
            for change in changed[:TOLD_CHANGES]:
                st.markdown(price_history.listed(change))
        if len(changed) > TOLD_CHANGES:
            layout.small_print(_("Earlier changes are in the rows of the prices paid: {count}.", count=len(changed) - TOLD_CHANGES))


def history(view: View, theme: Theme, report: Report, changed: list[price_history.Change]) -> None:
    """Prices as steps, with their changes in words."""
    words(view, changed)
    panels = [
        Panel(_(VALUES[meter]), price_history.steps(report.frame, view, theme, meter), sign=theme.sign) for meter in price_history.METERS
    ]
    first = view.period.start or min(report.frame.values("first_date"))
    end = min(view.period.end or date.max, view.last_date + timedelta(days=1))
    figure = step_panels(panels, theme, first=first, end=end)
    unit = _("per million tokens, in {unit} · dotted: peak price · each panel has its own scale", unit=view.unit)
    alt = _("Steps, a panel for each meter: prices paid, {unit}. Changes: {count}.", unit=unit, count=len(changed))
    chart_card.chart(figure, report, title=_("Prices paid"), unit=unit, alt=alt, key="prices")


main(url_state.current_view())
