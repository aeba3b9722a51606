"""Hot keys: what needs attention in the period, ranked by money: what happened, why, how sure that is, and the days around it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import streamlit as st

from analytics.dashboard.components import forecast as month_end
from analytics.dashboard.components import layout as parts
from analytics.dashboard.data import query_cache as answers
from analytics.dashboard.data.url_state import Key, View
from analytics.dashboard.i18n.translation import _, current
from analytics.dashboard.pages.hot import alert_card as alerts
from analytics.dashboard.pages.hot import feedback_form as feedback
from analytics.reports.report import Report

MOST_ALERTS = 8
"""How many are shown with their days; the table has all."""


def main(view: View) -> None:
    """Show the page."""
    parts.heading(_("Hot keys"), view, answers.answer("summary", **view.scope))
    if parts.waits(view, _("Look for keys that need attention"), icon=":material/local_fire_department:", key="hot-asked"):
        return
    report = answers.answer("hot-keys", **view.scope)
    parts.notes(report)
    feedback.outcome()
    rows = list(report.frame.records())
    if rows:
        _ranked(view, rows)
    else:
        st.success(_("No key needs attention in this view."), icon=":material/check_circle:")
    parts.small(
        _(
            "A day stands out where two robust scores against its own last eight weeks agree and the money matters; only days that are "
            "over count. The usual is what the same weekdays of the four weeks before cost."
        )
    )
    _every(view, report)
    feedback.said(view)


def _ranked(view: View, rows: list[dict[str, Any]]) -> None:
    shown = rows[:MOST_ALERTS]
    spent, foreseen = _spent(view, shown), _foreseen(view, shown)
    for row in shown:
        alerts.show(view, row, spent.get(alerts.key(row), {}), foreseen.get(alerts.key(row)))
    if len(rows) > MOST_ALERTS:
        count = current().number(len(rows) - MOST_ALERTS)
        parts.small(_("Alerts of less money that are only in the table: {count}", count=count))


def _spent(view: View, rows: list[dict[str, Any]]) -> dict[Key, dict[date, Decimal]]:
    """What the keys of some alerts cost on each day around them: one question for all."""
    first = min(row["first_date"] for row in rows) - timedelta(days=alerts.DAYS_BEFORE)
    last = max(row["last_date"] for row in rows) + timedelta(days=alerts.DAYS_AFTER + 1)
    masks = tuple(sorted({row["api_key"] for row in rows}))
    asked = view.scope | {"start": str(first), "end": str(last), "keys": masks}
    days: dict[Key, dict[date, Decimal]] = {}
    for row in answers.answer("spend-by-key-and-day", **asked, top=len(view.key_ranks)).frame.records():
        if row["is_complete"]:
            days.setdefault((row["account"], row["api_key"]), {})[row["charge_date"]] = row["computed_cost"]
    return days


def _foreseen(view: View, rows: list[dict[str, Any]]) -> dict[Key, str]:
    """What the keys of some alerts will have cost by the end of the month in which the view ends."""
    asked = month_end.asked(view, "key", keys=tuple(sorted({row["api_key"] for row in rows})))
    told = answers.answer("forecast", **asked).frame.records()
    return {(row["account"], row["api_key"]): month_end.sentence(view, row) for row in told}


def _every(view: View, report: Report) -> None:
    with parts.card(_("All alerts"), view.unit, key="alerts"):
        if report.frame.rows:
            parts.table(report.frame, key="alerts", leave_out=("currency", "explanation", *(["account"] if view.account else [])))
        parts.download(report, key="alerts")


main(st.session_state["view"])
