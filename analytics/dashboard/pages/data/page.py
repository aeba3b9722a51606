"""Data: importing and undoing, which days are known and what is doubtful about them, and every act. Without data, `view` is None."""

from datetime import date
from itertools import groupby

import streamlit as st

from analytics import EvidenceError, Frame
from analytics.analysis.month_close.completeness import completeness
from analytics.core.period import ALL_DAYS
from analytics.dashboard import access as visitors
from analytics.dashboard.components import import_panel as controls
from analytics.dashboard.components import layout as parts
from analytics.dashboard.components import month_verdict as verdicts
from analytics.dashboard.components import receipts
from analytics.dashboard.data import jobs as acts
from analytics.dashboard.data import query_cache as answers
from analytics.dashboard.data.url_state import View
from analytics.dashboard.i18n.safe_text import markdown
from analytics.dashboard.i18n.translation import _, current
from analytics.dashboard.pages.data import day_calendar as days
from analytics.operations import audit as auditing
from analytics.reports.report import Report

MOST_ACCOUNTS = 6
MOST_FINDINGS = 20


def main(view: View | None) -> None:
    """Show the page."""
    if view is None:
        parts.nothing_imported()
        controls.importing()
        if answers.generation():
            imports()
            journal()
        return
    coverage = answers.answer("coverage", start=view.scope["start"], end=view.scope["end"], account=view.account)
    parts.heading(_("Data"), view, coverage)
    controls.importing()
    findings(view, calendars(view))
    imports()
    journal()


def calendars(view: View) -> Report:
    """All days of each account; those that are looked at are framed. Returns the report about all days."""
    report = answers.answer("coverage", account=view.account)
    unit = _("All days; those of {period} are framed", period=current().period(view.period))
    with parts.card(_("Which days are known"), unit, key="coverage"):
        accounts = [(name, list(rows)) for name, rows in groupby(report.frame.records(), key=lambda row: row["account"])]
        for name, rows in accounts[:MOST_ACCOUNTS]:
            st.markdown(f"**{markdown(name)}**")
            parts.picture(days.figure(rows, view), alt=days.alt(rows), key=f"calendar-{name}")
        if len(accounts) > MOST_ACCOUNTS:
            parts.small(_("Accounts that are not shown: {count}. Choose one in the filters.", count=len(accounts) - MOST_ACCOUNTS))
        parts.rows(report, key="coverage")
    return report


def findings(view: View, coverage: Report) -> None:
    """What is doubtful in the days that are looked at, in sentences, and each difference between bill and usage with its reason."""
    scope = {name: view.scope[name] for name in ("start", "end", "account")}
    differing = answers.answer("differences", **scope)
    restated = answers.answer("restated-days", **scope)
    period = current().period(view.period)
    with parts.card(_("Findings"), _("What a reader of {period} must know", period=period), key="findings"):
        found = completeness(ALL_DAYS, _within(view, coverage.frame), differing.frame)
        said = [f"**{markdown(one.account)}**: {text}" for one in found for text in verdicts.doubts(one.besides(coverage.late_dates))]
        said += verdicts.late(coverage)
        said += list(days.restated(restated.frame))
        for text in said[:MOST_FINDINGS]:
            st.markdown(f":material/warning: {text}")
        if len(said) > MOST_FINDINGS:
            parts.small(_("And {count} more.", count=len(said) - MOST_FINDINGS))
        if not said:
            _well(_("Every day is known, was over when it was exported, and reconciles to the last digit."))
        if restated.frame.rows:
            parts.rows(restated, key="restated")
    with parts.card(
        _("Differences between bill and usage"), _("Per day, model and currency, of {period}", period=period), key="differences"
    ):
        if differing.frame.rows:
            parts.table(differing.frame, key="differences")
        else:
            _well(_("There is none: bill and usage agree to the last digit."))
        parts.download(differing, key="differences")


def _well(text: str) -> None:
    """Said where nothing is doubtful."""
    st.markdown(f":material/verified: {text}")


def _within(view: View, frame: Frame) -> Frame:
    """The days of a frame that are looked at."""
    first, end = view.period.start or date.min, view.period.end or date.max
    days_of = zip(frame.values("charge_date"), frame.rows, strict=True)
    return Frame(frame.name, frame.columns, [row for day, row in days_of if first <= day < end])


def imports() -> None:
    """The ledger of imports, the newest first, and the way to undo one."""
    frame = answers.sql("SELECT * FROM imports ORDER BY import_id")
    with parts.card(_("Imports"), _("The ledger of imports, and the days that each owns now"), key="imports"):
        newest = Frame(frame.name, frame.columns, frame.rows[::-1])
        parts.table(newest, key="imports", leave_out=("layout", "exported_at", "utc_offset", "amount_rows", "cost_rows", "sha256"))
        with st.container(horizontal=True, vertical_alignment="bottom", key="imports-acts"):
            parts.download_imports(frame, key="imports")
            if visitors.may_change():
                controls.undoing([row for row in newest.records() if row["status"] == "active"])
        if act := acts.current("undo"):
            controls.follow(act)


def journal() -> None:
    """Who did what when, the newest first."""
    with parts.card(_("Journal"), _("Who did what when; each act holds the hash of the one before"), key="journal"):
        try:
            acts_done = answers.acts()
        except EvidenceError as error:
            receipts.refused(error)
            return
        newest = auditing.frame(acts_done[::-1], lambda details: details.told(current().text))
        parts.table(newest, key="journal")
        parts.download_audit(auditing.frame(acts_done, str), key="journal")


main(st.session_state["view"])
