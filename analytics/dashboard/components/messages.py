"""Messages of a page: caveats of its report, errors with their advice, and hints where there is nothing to show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analytics.core.period import days_text
from analytics.dashboard import navigation
from analytics.dashboard.components import layout
from analytics.dashboard.i18n import error_texts
from analytics.dashboard.i18n.safe_text import markdown
from analytics.dashboard.i18n.translation import _, current

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from analytics.core.errors import AnalyticsError
    from analytics.reports.report import Report


def caveats(report: Report) -> None:
    """Show the caveats of a report, with a link to their days; nothing where there are none."""
    caveats = [*_day_caveats(report)]
    if report.incomparable_accounts:
        caveats.append(_("Not compared, because their evidence begins later: {accounts}", accounts=", ".join(report.incomparable_accounts)))
    if caveats:
        with st.container(key=f"notes-{report.frame.name}", border=True, gap="xsmall"):
            for text in caveats:
                layout.small_print(f":material/warning: {markdown(text, 600)}")
            if not navigation.is_at("data"):
                navigation.link("data", _("See these days on the Data page"))


def _day_caveats(report: Report) -> Iterator[str]:
    templates = [
        (report.unreconciled_dates, _("Days that do not reconcile: {days}")),
        (report.partial_dates, _("Days in progress when exported: {days}. Export them again to complete them.")),
        (report.late_dates, _("Days of a closed month on which late evidence says something else; nothing was applied: {days}")),
        (report.overlapping_dates, _("Days with hours counted twice, where days of different offsets meet: {days}")),
        (report.doubtful_previous_dates, _("Of the days compared with, not reconciled or in progress: {days}")),
        (report.dates_without_hours, _("Left out, because their exports tell no hours: {days}")),
    ]
    for dates, text in templates:
        if dates:
            yield text.format(days=_days(dates))
    for account, dates in report.absent_dates.items():
        yield _("No export of {account} covers: {days}", account=account, days=_days(dates))


def _days(dates: Sequence[date]) -> str:
    return days_text(dates).replace(" to ", " – ")


def error_message(error: AnalyticsError) -> None:
    """Show an error and its advice, with a link to all data: the exact text in English, a translated summary in other languages."""
    message, hint = error.message, error.hint
    if current().code != "en" and error.code in error_texts.PAGE_ERRORS:
        message, hint = _(error_texts.PAGE_ERRORS[error.code]), _(error_texts.ADVICE.get(error.code, error_texts.ANOTHER_VIEW))
    st.error(markdown(message, 300), icon=":material/error:")
    if hint:
        st.info(markdown(hint, 300), icon=":material/lightbulb:")
    if st.session_state.get("role"):
        _link_to_all_data()


def unexpected_error() -> None:
    """Show that an unexpected error happened; its traceback is in the log of the server."""
    st.error(_("Something went wrong while this page was made. The log of the server says what."), icon=":material/error:")


def nothing_imported() -> None:
    """Show the page of a ledger without data."""
    st.title("Keyspend")
    st.markdown(_("What did every API key cost, and why?"))
    st.info(_("Nothing was imported yet. Export your usage on the DeepSeek platform as a zip, and import it:"), icon=":material/upload:")
    st.code("keyspend import usage_data_2026_6.zip", language=None)
    layout.small_print(_("This page shows the numbers by itself once they are there."))


def no_rows(report: Report) -> None:
    """Show that the report of a view has no rows, and whether that is because no export covers its days, with a link to all data."""
    text = _("No export covers these days.") if report.without_evidence else _("Nothing was used in this view.")
    st.info(text, icon=":material/filter_alt_off:")
    _link_to_all_data()


def _link_to_all_data() -> None:
    no_filters = dict.fromkeys(("from", "to", "account", "currency", "key", "model"))
    navigation.link("overview", _("Show all days and all keys"), icon=":material/restart_alt:", period="all", **no_filters)
