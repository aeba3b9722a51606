"""The status of a month as a box: whether it is complete, reconciled and closed, with its problems and what to do about them."""

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


def reports(view: View) -> list[tuple[str, dict[str, Any]]]:
    """Return the reports that the status needs, as name and scope: known days from the month before on, and differences."""
    start, end = view.period.start, view.period.end
    month_before = (start - timedelta(days=1)).replace(day=1) if start else None
    coverage_scope = {"start": month_before and str(month_before), "end": str(end), "account": view.account}
    return [("coverage", coverage_scope), ("differences", {name: value for name, value in view.scope.items() if name != "keys"})]


def accounts_of(view: View) -> list[Completeness]:
    """Return the completeness of a month of each account that has ever paid in the currency and has any evidence around it."""
    coverage, differences = (query_cache.report(name, **scope) for name, scope in reports(view))
    accounts = completeness(view.period, coverage.frame, differences.frame)
    return [account for account in accounts if account.account in view.payers]


def show(view: View, accounts: list[Completeness], statement: Report) -> None:
    """Show one sentence about the month, its problems with what to do, and whether it is closed."""
    is_complete, is_reconciled = all(account.is_complete for account in accounts), all(account.is_reconciled for account in accounts)
    month = f"**{current().period(view.period)}**"
    is_exact = all(account.is_exact for account in accounts)
    problem_texts = [
        f"{_prefix(account, accounts)}{text}" for account in accounts for text in problems(account.besides(statement.late_dates))
    ]
    is_well = is_complete and is_reconciled and is_exact
    box = st.success if is_well else st.warning
    with st.container(key="month-status"):
        lines = [f"- {text}" for text in [*problem_texts, *close_texts(view, statement, is_well=is_well)]]
        icon = ":material/verified:" if is_well else ":material/warning:"
        box("\n".join([f"{month} {_sentence(is_complete, is_reconciled, is_exact)}", "", *lines]), icon=icon)
        if problem_texts:
            navigation.link("data", _("See these days on the Data page"), icon=":material/calendar_month:")


def _sentence(is_complete: bool, is_reconciled: bool, is_exact: bool) -> str:
    if is_complete and is_reconciled and not is_exact:
        return _("is complete and reconciled, but some hours are counted twice or missing.")
    if is_complete and is_reconciled:
        return _("is complete and reconciled: every day was over when it was exported, and bill and usage agree to the last digit.")
    if is_complete:
        return _("is complete, but it does not reconcile.")
    if is_reconciled:
        return _("is not complete. What is known of it reconciles.")
    return _("is not complete, and what is known of it does not reconcile.")


def _prefix(account: Completeness, accounts: list[Completeness]) -> str:
    return f"{markdown(account.account)}: " if len(accounts) > 1 else ""


def close_texts(view: View, statement: Report, *, is_well: bool) -> Iterator[str]:
    """Yield whether the month is closed, by whom and since when, and its late evidence, in Markdown."""
    for month in statement.closed_months:
        values = {"account": markdown(month.account), "day": current().day(month.closed_at.date()), "name": markdown(month.closed_by)}
        text = _("{account} was closed on {day} by {name}.", **values)
        yield f":material/lock: {text}{f' *{markdown(month.note, LONGEST)}*' if month.note else ''}"
    if not statement.closed_months and is_well:
        yield _("It is open: `keyspend close {month}` closes it.", month=str(view.period))
    if statement.closed_months and statement.open_accounts:
        yield _("Not closed: {accounts}.", accounts=markdown(", ".join(statement.open_accounts), LONGEST))
    yield from late_texts(statement)


def late_texts(report: Report) -> Iterator[str]:
    """Yield the days of closed months for which late evidence differs, in Markdown."""
    if report.late_dates:
        late_days = dates_text(report.late_dates)
        yield _("Late evidence of a closed month, listed and not applied: {days}. `keyspend reopen` would let it count.", days=late_days)


def problems(account: Completeness) -> Iterator[str]:
    """Yield each problem of days of an account, in Markdown, with what to do."""
    if account.absent_dates:
        yield _("No export tells of {days}. Export these days, and import them.", days=dates_text(account.absent_dates))
    if account.partial_dates:
        yield _("In progress when exported: {days}. Export them again to complete them.", days=dates_text(account.partial_dates))
    if account.unreconciled_dates:
        yield _("Bill and usage do not agree: {days}.", days=dates_text(account.unreconciled_dates))
    if account.overlapping_dates:
        yield _("Hours counted twice, where days of different offsets meet: {days}.", days=dates_text(account.overlapping_dates))
    if account.gap_dates:
        yield _("Hours that no day covers, where days of different offsets meet, before {days}.", days=dates_text(account.gap_dates))


def dates_text(dates: list[date]) -> str:
    """Return days as text in Markdown, shortened where there are very many."""
    return markdown(clean(days_text(dates).replace(" to ", " – "), LONGEST), LONGEST)
