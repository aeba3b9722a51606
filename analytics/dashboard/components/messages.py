"""Messages of a page: caveats of a report, errors with their advice, and pages without rows."""

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
    from collections.abc import Iterator

    from analytics.core.errors import AnalyticsError
    from analytics.reports.report import Report


def notes(report: Report) -> None:
    """What must be said beside a report's numbers, with the way to the days behind it; nothing where all is well."""
    said = [*_about_days(report)]
    if report.incomparable_accounts:
        said.append(_("Not compared, because their evidence begins later: {accounts}", accounts=", ".join(report.incomparable_accounts)))
    if said:
        with st.container(key=f"notes-{report.frame.name}", border=True, gap="xsmall"):
            for text in said:
                layout.small(f":material/warning: {markdown(text, 600)}")
            if not navigation.is_at("data"):
                navigation.link("data", _("See these days on the Data page"))


def _about_days(report: Report) -> Iterator[str]:
    told = [
        (report.unreconciled_dates, _("Days that do not reconcile: {days}")),
        (report.partial_dates, _("Days in progress when exported: {days}. Export them again to complete them.")),
        (report.late_dates, _("Days of a closed month on which late evidence says something else; nothing was applied: {days}")),
        (report.overlapping_dates, _("Days with hours counted twice, where days of different offsets meet: {days}")),
        (report.doubtful_previous_dates, _("Of the days compared with, not reconciled or in progress: {days}")),
        (report.dates_without_hours, _("Left out, because their exports tell no hours: {days}")),
    ]
    return (text.format(days=days_text(dates).replace(" to ", " – ")) for dates, text in told if dates)


def refused(error: AnalyticsError) -> None:
    """What is wrong and what to do, of an error that is meant to be read: exactly in English, the gist in other languages."""
    message, hint = error.message, error.hint
    if current().code != "en" and error.code in error_texts.PAGES:
        message, hint = _(error_texts.PAGES[error.code]), _(error_texts.ADVICE.get(error.code, error_texts.ANOTHER_VIEW))
    st.error(markdown(message, 300), icon=":material/error:")
    if hint:
        st.info(markdown(hint, 300), icon=":material/lightbulb:")
    if st.session_state.get("role"):
        _way_out()


def broken() -> None:
    """What is said where something unexpected happened; the reason is in the server's log."""
    st.error(_("Something went wrong while this page was made. The log of the server says what."), icon=":material/error:")


def nothing_imported() -> None:
    """The page before the first import."""
    st.title("Keyspend")
    st.markdown(_("What did every API key cost, and why?"))
    st.info(_("Nothing was imported yet. Export your usage on the DeepSeek platform as a zip, and import it:"), icon=":material/upload:")
    st.code("keyspend import usage_data_2026_6.zip", language=None)
    layout.small(_("This page shows the numbers by itself once they are there."))


def no_rows() -> None:
    """Said where a view has no rows, with the ways out."""
    st.info(_("Nothing was used in this view."), icon=":material/filter_alt_off:")
    _way_out()


def _way_out() -> None:
    everything = dict.fromkeys(("from", "to", "account", "currency", "key", "model"))
    navigation.link("overview", _("Show all days and all keys"), icon=":material/restart_alt:", period="all", **everything)
