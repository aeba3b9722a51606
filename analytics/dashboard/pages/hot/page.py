"""The page Hot keys: the alerts of the period by impact, each with its explanation, drivers, confidence and the days around it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import streamlit as st

from analytics.dashboard.components import downloads, forecast, layout, messages, tables
from analytics.dashboard.data import query_cache, url_state
from analytics.dashboard.data.url_state import Key, View
from analytics.dashboard.i18n.translation import _, current
from analytics.dashboard.pages.hot import alert_card, feedback_form
from analytics.reports.report import Report

MOST_ALERTS = 8
"""The most alerts with a card of their own; the table has all."""


def main(view: View) -> None:
    """Show the page."""
    layout.heading(_("Hot keys"), view, query_cache.report("summary", **view.scope))
    if layout.is_deferred(view, _("Look for keys that need attention"), icon=":material/local_fire_department:", key="hot-shown"):
        return
    report = query_cache.report("hot-keys", **view.scope)
    messages.caveats(report)
    feedback_form.show_last_result()
    rows = list(report.frame.records())
    if rows:
        _alert_cards(view, rows)
    else:
        st.success(_("No key needs attention in this view."), icon=":material/check_circle:")
    layout.small_print(
        _(
            "A day stands out where two robust scores against its own last eight weeks agree and the money matters; only days that are "
            "over count. The usual is what the same weekdays of the four weeks before cost."
        )
    )
    _all_alerts(view, report)
    feedback_form.show_recorded(view)


def _alert_cards(view: View, rows: list[dict[str, Any]]) -> None:
    shown = rows[:MOST_ALERTS]
    daily_costs, forecast_texts = _daily_costs(view, shown), _forecast_texts(view, shown)
    for row in shown:
        alert_card.show(view, row, daily_costs.get(alert_card.key(row), {}), forecast_texts.get(alert_card.key(row)))
    if len(rows) > MOST_ALERTS:
        count = current().number(len(rows) - MOST_ALERTS)
        layout.small_print(_("Alerts of less money that are only in the table: {count}", count=count))


def _daily_costs(view: View, rows: list[dict[str, Any]]) -> dict[Key, dict[date, Decimal]]:
    """Return the cost of the keys of alerts on each day around them, from one report for all."""
    first = min(row["first_date"] for row in rows) - timedelta(days=alert_card.DAYS_BEFORE)
    last = max(row["last_date"] for row in rows) + timedelta(days=alert_card.DAYS_AFTER + 1)
    masks = tuple(sorted({row["api_key"] for row in rows}))
    scope = view.scope | {"start": str(first), "end": str(last), "keys": masks}
    days: dict[Key, dict[date, Decimal]] = {}
    for row in query_cache.report("spend-by-key-and-day", **scope, top=len(view.key_ranks)).frame.records():
        if row["is_complete"]:
            days.setdefault((row["account"], row["api_key"]), {})[row["charge_date"]] = row["computed_cost"]
    return days


def _forecast_texts(view: View, rows: list[dict[str, Any]]) -> dict[Key, str]:
    """Return the forecast of the keys of alerts, as text, for the month in which the view ends."""
    scope = forecast.scope(view, "key", keys=tuple(sorted({row["api_key"] for row in rows})))
    forecasts = query_cache.report("forecast", **scope).frame.records()
    return {(row["account"], row["api_key"]): forecast.text(view, row) for row in forecasts}


def _all_alerts(view: View, report: Report) -> None:
    with layout.card(_("All alerts"), view.unit, key="alerts"):
        if report.frame.rows:
            tables.table(report.frame, key="alerts", leave_out=("currency", "explanation", *(["account"] if view.account else [])))
        downloads.report_button(report, key="alerts")


main(url_state.current_view())
