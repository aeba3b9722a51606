"""Whether a month is complete and reconciled, in a sentence, and what stands in the way: it judges nothing itself and draws one box."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import streamlit as st

from analytics.analysis.month_close.completeness import Completeness, completeness
from analytics.core.period import days_text
from analytics.dashboard import navigation
from analytics.dashboard.data import query_cache
from analytics.dashboard.data.url_state import View
from analytics.dashboard.i18n.safe_text import clean, markdown
from analytics.dashboard.i18n.translation import _, current

if TYPE_CHECKING:
    from analytics.reports.report import Report

LONGEST = 600


def questions(view: View) -> list[tuple[str, dict[str, Any]]]:
    """What is asked about a view of a month: which days are known, from the month before on, and which of its own do not reconcile."""
    start, end = view.period.start, view.period.end
    before = (start - timedelta(days=1)).replace(day=1) if start else None
    covered = {"start": before and str(before), "end": str(end), "account": view.account}
    return [("coverage", covered), ("differences", {name: told for name, told in view.scope.items() if name != "keys"})]


def of(view: View) -> list[Completeness]:
    """What is in doubt in a view of a month, of each account that has ever paid in its currency and was in use the month before."""
    coverage, differing = (query_cache.report(name, **asked) for name, asked in questions(view))
    return [found for found in completeness(view.period, coverage.frame, differing.frame) if found.account in view.payers]


def verdict(view: View, found: list[Completeness], statement: Report) -> None:
    """One sentence about the month, what is to be done about it where something is, and whether it is closed."""
    whole, agrees = all(one.is_complete for one in found), all(one.is_reconciled for one in found)
    month = f"**{current().period(view.period)}**"
    exact = all(one.is_exact for one in found)
    wrong = [f"{_whose(one, found)}{text}" for one in found for text in doubts(one.besides(statement.late_dates))]
    well = whole and agrees and exact
    show = st.success if well else st.warning
    with st.container(key="verdict"):
        lines = [f"- {text}" for text in [*wrong, *closings(view, statement, well=well)]]
        icon = ":material/verified:" if well else ":material/warning:"
        show("\n".join([f"{month} {_sentence(whole, agrees, exact)}", "", *lines]), icon=icon)
        if wrong:
            navigation.link("data", _("See these days on the Data page"), icon=":material/calendar_month:")


def _sentence(whole: bool, agrees: bool, exact: bool) -> str:
    if whole and agrees and not exact:
        return _("is complete and reconciled, but some hours are counted twice or missing.")
    if whole and agrees:
        return _("is complete and reconciled: every day was over when it was exported, and bill and usage agree to the last digit.")
    if whole:
        return _("is complete, but it does not reconcile.")
    if agrees:
        return _("is not complete. What is known of it reconciles.")
    return _("is not complete, and what is known of it does not reconcile.")


def _whose(one: Completeness, found: list[Completeness]) -> str:
    return f"{markdown(one.account)}: " if len(found) > 1 else ""


def closings(view: View, statement: Report, *, well: bool) -> Iterator[str]:
    """Whether the month is closed, by whom and since when, and what came late, in Markdown."""
    for month in statement.closed_months:
        told = {"account": markdown(month.account), "day": current().day(month.closed_at.date()), "name": markdown(month.closed_by)}
        text = _("{account} was closed on {day} by {name}.", **told)
        yield f":material/lock: {text}{f' *{markdown(month.note, LONGEST)}*' if month.note else ''}"
    if not statement.closed_months and well:
        yield _("It is open: `keyspend close {month}` closes it.", month=str(view.period))
    if statement.closed_months and statement.open_accounts:
        yield _("Not closed: {accounts}.", accounts=markdown(", ".join(statement.open_accounts), LONGEST))
    yield from late(statement)


def late(report: Report) -> Iterator[str]:
    """The days of closed months on which later evidence says something else, in Markdown."""
    if report.late_dates:
        told = days(report.late_dates)
        yield _("Late evidence of a closed month, listed and not applied: {days}. `keyspend reopen` would let it count.", days=told)


def doubts(one: Completeness) -> Iterator[str]:
    """What is wrong with days of an account, in Markdown, each with what to do."""
    if one.absent_dates:
        yield _("No export tells of {days}. Export these days, and import them.", days=days(one.absent_dates))
    if one.partial_dates:
        yield _("In progress when exported: {days}. Export them again to complete them.", days=days(one.partial_dates))
    if one.unreconciled_dates:
        yield _("Bill and usage do not agree: {days}.", days=days(one.unreconciled_dates))
    if one.overlapping_dates:
        yield _("Hours counted twice, where days of different offsets meet: {days}.", days=days(one.overlapping_dates))
    if one.gap_dates:
        yield _("Hours that no day covers, where days of different offsets meet, before {days}.", days=days(one.gap_dates))


def days(dates: list[date]) -> str:
    """Days as a person reads them, in Markdown, cut where they are very many."""
    return markdown(clean(days_text(dates).replace(" to ", " – "), LONGEST), LONGEST)
