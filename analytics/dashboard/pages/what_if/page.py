"""The page What if: the period of the view repriced under assumptions, per key and in total, and possible savings of keys."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import streamlit as st

from analytics.core.frame import Frame
from analytics.core.money import EXACT, exact_sum
from analytics.dashboard.charts import base
from analytics.dashboard.charts.period_comparison import ComparedBar, comparison
from analytics.dashboard.components import chart_card, downloads, layout, messages, tables
from analytics.dashboard.data import chart_series, query_cache, url_state
from analytics.dashboard.data.url_state import View
from analytics.dashboard.i18n.safe_text import markdown
from analytics.dashboard.i18n.translation import _, current
from analytics.dashboard.pages.what_if import assumptions_form
from analytics.dashboard.pages.what_if.assumptions_form import Assumptions

TOP_KEYS = 12
TOP_SAVINGS = 10
SAVINGS = (
    "api_key_name",
    "model",
    "savable_cost",
    "peak_extra_cost",
    "cache_gap_cost",
    "cache_hit_ratio",
    "best_cache_hit_ratio",
    "best_api_key_name",
)
LONGEST = 300


def main(view: View) -> None:
    """Show the page."""
    summary = query_cache.report("summary", **view.scope)
    layout.heading(_("What if"), view, summary)
    options = url_state.filter_options()
    if not any(summary.frame.values("total_tokens")) or options is None:
        messages.no_rows(summary)
        return
    assumptions = assumptions_form.from_url()
    with layout.card(_("Suppose"), _("everything else stays as it was"), key="assumed"):
        assumptions_form.show(view, options)
    messages.caveats(summary)
    if assumptions.arguments:
        results_card(view, assumptions, options.names)
    else:
        st.info(_("Move a slider to see what this period would have cost."), icon=":material/tune:")
    savings_card(view)


def results_card(view: View, assumptions: Assumptions, names: dict[str, str]) -> None:
    """Show the repriced period: in total, the assumptions as sentences, and key by key."""
    frame = query_cache.what_if(**view.scope, **assumptions.arguments)
    cost_before, cost = (exact_sum(frame.values(name)) for name in ("computed_cost", "what_if_cost"))
    not_repriced = exact_sum(frame.values("not_repriced_cost"))
    result_tiles(view, cost_before, cost, not_repriced)
    title = _("Each key, before and after")
    unit = _("{unit} · the upright line marks what it cost", unit=view.unit)
    with layout.card(title, unit, key="what-if"):
        st.markdown("\n".join(f"- {markdown(text, LONGEST)}" for text in assumptions_form.sentences(assumptions, names)))
        items = _compared_bars(frame, view)
        if items:
            largest = items[0].bar
            alt = _("Bars: {title}. Changed most: {name}, now {amount}.", title=title, name=largest.name, amount=largest.exact)
            chart_card.plot(comparison(items, layout.chart_theme(view)), alt=alt, key="what-if")
        tables.table(frame, key="what-if", leave_out=("account", "currency"))
        downloads.what_if_button(frame, view.period, key="what-if")


def result_tiles(view: View, cost_before: Decimal, cost: Decimal, not_repriced: Decimal) -> None:
    """Show the cost, the cost under the assumptions, and the difference; exact in their help."""
    language, currency = current(), view.currency
    difference = EXACT.subtract(cost, cost_before)
    amounts: list[tuple[str, Decimal, str]] = [
        (_("Computed cost"), cost_before, _("as it was")),
        (_("Would cost"), cost, _("as supposed")),
        (_("Difference"), difference, language.percent(difference / cost_before if cost_before else None, signed=True)),
        (_("Not repriced"), not_repriced, _("no other price is known")),
    ]
    with st.grid(min_column_width=145, key="tiles"):
        for label, amount, below in amounts:
            layout.tile(label, language.compact_money(amount, currency), help=language.exact_money(amount, currency), below=below)


def _compared_bars(frame: Frame, view: View) -> list[ComparedBar]:
    """Return bars of the keys that change most, with their cost before."""
    first = replace(frame, rows=frame.rows[:TOP_KEYS])
    money = current().money
    bars = chart_series.bars(first, view, layout.chart_theme(view), value="what_if_cost")
    rows: list[dict[str, Any]] = list(first.records())
    return [
        ComparedBar(base.Bar(bar.name, bar.colour, bar.value, bar.exact), row["computed_cost"], money(row["computed_cost"], view.currency))
        for bar, row in zip(bars, rows, strict=True)
    ]


def savings_card(view: View) -> None:
    """Show the possible savings by key, the largest first."""
    if layout.is_deferred(view, _("What could be saved"), icon=":material/savings:", key="savings-shown"):
        return
    report = query_cache.report("savings", **view.scope)
    frame = replace(report.frame, rows=[row for row in report.frame.rows[:TOP_SAVINGS] if row[report.frame.names.index("savable_cost")]])
    with layout.card(_("What could be saved"), _("{unit} · the larger of both ways, which overlap", unit=view.unit), key="savings"):
        if frame.rows:
            tables.table(frame, key="savings-top", only=SAVINGS)
        else:
            layout.small_print(_("Nothing was paid extra at peak, and no comparable key has more cache hits."))
        tables.rows_and_download(report, key="savings", leave_out=("account", "currency"))


main(url_state.current_view())
