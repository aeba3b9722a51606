"""Why a month cost more or less than another: a waterfall per account, and the largest drivers in words."""

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
from analytics.dashboard.i18n.column_labels import DRIVERS
from analytics.dashboard.i18n.safe_text import markdown, plotly
from analytics.dashboard.i18n.translation import _, current
from analytics.reports.report import Report

TOP_DRIVERS = 10
LONGEST = 300


def show(view: View) -> None:
    """The bridge of the account that is looked at, in the currency of the view; nothing where there is no month to compare with.

    Among many keys it takes some seconds, and waits until it is asked for.
    """
    label = _("Why it cost more or less than before")
    if layout.is_deferred(view, label, icon=":material/waterfall_chart:", key=f"bridge-asked-{view.account}"):
        return
    report = query_cache.report("variance", **view.compared)
    rows = [row for row in report.frame.records() if row["section"] == "account"]
    if report.previous is None or not rows:
        return
    before = current().period(report.previous)
    title = _("From {before} to {now}", before=before, now=current().period(view.period))
    place = f"bridge-{view.account}"
    with layout.card(title, _unit(view, report, rows[0]["basis"]), key=place):
        steps = _steps(view, report, rows)
        largest = max(steps[1:-1], key=lambda step: abs(step.value), default=steps[0])
        alt = _("Waterfall: {title}. Largest: {name} with {amount}.", title=title, name=largest.name, amount=largest.exact)
        chart_card.plot(waterfall(steps, layout.chart_theme(view)), alt=alt, key=place)
        _words(report)
        tables.rows_and_download(report, key=place, leave_out=("account", "currency"))


def _unit(view: View, report: Report, basis: str) -> str:
    before, now = report.day_counts
    days = [_("{before} days against {now}", before=before, now=now)] if before != now else []
    return " · ".join([view.unit, _("what was paid") if basis == "paid" else _("what was computed: no bill tells"), *days])


def _steps(view: View, report: Report, rows: list[dict[str, Any]]) -> list[Step]:
    """The levels of both months and, between them, every effect that is one; as they are shown they add up too."""
    level, effects = current().money, [row for row in rows if row["effect_cost"]]
    first, last = rows[0]["previous_cost"], rows[0]["cost"]
    then = current().period(report.previous) if report.previous else ""
    shown = rounded_steps(first, [row["effect_cost"] for row in effects], last, 2)
    return [
        Step(plotly(then), first, level(first, view.currency), is_level=True),
        *(Step(_name(**row), row["effect_cost"], _signed(amount, view.currency)) for row, amount in zip(effects, shown, strict=True)),
        Step(plotly(current().period(view.period)), last, level(last, view.currency), is_level=True),
    ]


def _name(driver: str, **_rest: object) -> str:
    return _(DRIVERS[driver])


def _signed(amount: Decimal, currency: str) -> str:
    return ("+" if amount > 0 else "") + current().money(amount, currency)


def _words(report: Report) -> None:
    """The largest drivers as a list."""
    language = current()
    told = [
        explanations.sentence(row, money=_signed, number=lambda value: language.number(round(value)), ratio=language.percent)
        for row in explanations.largest(report.frame, TOP_DRIVERS)
    ]
    if told:
        st.markdown("\n".join(f"1. {markdown(one.render(language.text, str), LONGEST)}" for one in told))
