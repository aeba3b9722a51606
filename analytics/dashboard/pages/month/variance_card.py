"""The variance of a month against another as a card: a waterfall per account, and the largest drivers as text."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import streamlit as st

from analytics.analysis.allocation.split import rounded_steps
from analytics.analysis.variance import explanations
from analytics.dashboard.charts.waterfall import Step, waterfall
from analytics.dashboard.components import chart_card, layout, tables
from analytics.dashboard.data import query_cache
from analytics.dashboard.data.url_state import View
from analytics.dashboard.i18n.code_labels import DRIVERS
from analytics.dashboard.i18n.safe_text import markdown, plotly
from analytics.dashboard.i18n.translation import _, current
from analytics.reports.report import Report

TOP_DRIVERS = 10
LONGEST = 300


def show(view: View) -> None:
    """Show the variance of the account and currency of the view; nothing where there is no month to compare with.

    Among many keys it takes some seconds, and a button stands in its place.
    """
    label = _("Why it cost more or less than before")
    if layout.is_deferred(view, label, icon=":material/waterfall_chart:", key=f"bridge-shown-{view.account}"):
        return
    report = query_cache.report("variance", **view.compared)
    rows = [row for row in report.frame.records() if row["section"] == "account"]
    if report.previous is None or not rows:
        return
    month_before = current().period(report.previous)
    title = _("From {before} to {now}", before=month_before, now=current().period(view.period))
    key = f"bridge-{view.account}"
    with layout.card(title, _unit(view, report, rows[0]["basis"]), key=key):
        steps = _steps(view, report, rows)
        largest = max(steps[1:-1], key=lambda step: abs(step.value), default=steps[0])
        alt = _("Waterfall: {title}. Largest: {name} with {amount}.", title=title, name=largest.name, amount=largest.exact)
        chart_card.plot(waterfall(steps, layout.chart_theme(view)), alt=alt, key=key)
        _driver_list(report)
        tables.rows_and_download(report, key=key, leave_out=("account", "currency"))


def _unit(view: View, report: Report, basis: str) -> str:
    month_before, now = report.day_counts
    days = [_("{before} days against {now}", before=month_before, now=now)] if month_before != now else []
    return " · ".join([view.unit, _("what was paid") if basis == "paid" else _("what was computed: no bill tells"), *days])


def _steps(view: View, report: Report, rows: list[dict[str, Any]]) -> list[Step]:
    """Return the costs of both months and, between them, every effect other than zero; the rounded amounts add up too."""
    money, effects = current().money, [row for row in rows if row["effect_cost"]]
    cost_before, cost = rows[0]["previous_cost"], rows[0]["cost"]
    period_before = current().period(report.previous) if report.previous else ""
    rounded = rounded_steps(cost_before, [row["effect_cost"] for row in effects], cost, 2)
    return [
        Step(plotly(period_before), cost_before, money(cost_before, view.currency), is_level=True),
        *(Step(_name(**row), row["effect_cost"], _signed(amount, view.currency)) for row, amount in zip(effects, rounded, strict=True)),
        Step(plotly(current().period(view.period)), cost, money(cost, view.currency), is_level=True),
    ]


def _name(driver: str, **_rest: object) -> str:
    return _(DRIVERS[driver])


def _signed(amount: Decimal, currency: str) -> str:
    return ("+" if amount > 0 else "") + current().money(amount, currency)


def _driver_list(report: Report) -> None:
    """Show the largest drivers as a list."""
    language = current()
    messages = [
        explanations.sentence(row, money=_signed, number=lambda value: language.number(round(value)), ratio=language.percent)
        for row in explanations.largest(report.frame, TOP_DRIVERS)
    ]
    if messages:
        st.markdown("\n".join(f"1. {markdown(one.render(language.text, str), LONGEST)}" for one in messages))
