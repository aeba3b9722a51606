"""The page Data: imports and undos, the known days and their problems, and the journal."""

from datetime import date
from itertools import groupby

import streamlit as st

from analytics.analysis.month_close.completeness import completeness
from analytics.core.errors import EvidenceError
from analytics.core.frame import Frame
from analytics.core.period import ALL_DAYS
from analytics.dashboard import access
from analytics.dashboard.components import chart_card, downloads, import_panel, layout, messages, month_status, receipts, tables
from analytics.dashboard.data import jobs, query_cache, url_state
from analytics.dashboard.data.url_state import View
from analytics.dashboard.i18n.safe_text import markdown
from analytics.dashboard.i18n.translation import _, current
from analytics.dashboard.pages.data import day_calendar
from analytics.operations import audit
from analytics.reports.report import Report

MOST_ACCOUNTS = 6
MOST_FINDINGS = 20


def main(view: View | None) -> None:
    """Show the page; `view` is None without usage."""
    if view is None:
        messages.nothing_imported()
        import_panel.import_card()
        if query_cache.generation():
            imports_card()
            journal_card()
        return
    coverage = query_cache.report("coverage", start=view.scope["start"], end=view.scope["end"], account=view.account)
    layout.heading(_("Data"), view, coverage)
    import_panel.import_card()
    findings_cards(view, calendar_card(view))
    imports_card()
    journal_card()


def calendar_card(view: View) -> Report:
    """Show all days of each account, those of the view in a frame. Returns the report about all days."""
    report = query_cache.report("coverage", account=view.account)
    unit = _("All days; those of {period} are framed", period=current().period(view.period))
    with layout.card(_("Which days are known"), unit, key="coverage"):
        accounts = [(name, list(rows)) for name, rows in groupby(report.frame.records(), key=lambda row: row["account"])]
        for name, rows in accounts[:MOST_ACCOUNTS]:
            st.markdown(f"**{markdown(name)}**")
            chart_card.plot(day_calendar.figure(rows, view), alt=day_calendar.alt(rows), key=f"calendar-{name}")
        if len(accounts) > MOST_ACCOUNTS:
            layout.small_print(_("Accounts that are not shown: {count}. Choose one in the filters.", count=len(accounts) - MOST_ACCOUNTS))
        tables.rows_and_download(report, key="coverage")
    return report


def findings_cards(view: View, coverage: Report) -> None:
    """Show the problems of the days of the view as sentences, and each difference between bill and usage with its reason."""
    scope = {name: view.scope[name] for name in ("start", "end", "account")}
    differences = query_cache.report("differences", **scope)
    restated = query_cache.report("restated-days", **scope)
    period = current().period(view.period)
    with layout.card(_("Findings"), _("What a reader of {period} must know", period=period), key="findings"):
        accounts = completeness(ALL_DAYS, _within(view, coverage.frame), differences.frame)
        texts = [
            f"**{markdown(one.account)}**: {text}" for one in accounts for text in month_status.problems(one.besides(coverage.late_dates))
        ]
        texts += month_status.late_texts(coverage)
        texts += list(day_calendar.restated_texts(restated.frame))
        for text in texts[:MOST_FINDINGS]:
            st.markdown(f":material/warning: {text}")
        if len(texts) > MOST_FINDINGS:
            layout.small_print(_("And {count} more.", count=len(texts) - MOST_FINDINGS))
        if not texts:
            _show_ok(_("Every day is known, was over when it was exported, and reconciles to the last digit."))
        if restated.frame.rows:
            tables.rows_and_download(restated, key="restated")
    with layout.card(
        _("Differences between bill and usage"), _("Per day, model and currency, of {period}", period=period), key="differences"
    ):
        if differences.frame.rows:
            tables.table(differences.frame, key="differences")
        else:
            _show_ok(_("There is none: bill and usage agree to the last digit."))
        downloads.report_button(differences, key="differences")


def _show_ok(text: str) -> None:
    """Show a text with the icon of a passed check."""
    st.markdown(f":material/verified: {text}")


def _within(view: View, frame: Frame) -> Frame:
    """Return the rows of a frame with days of the view."""
    first, end = view.period.start or date.min, view.period.end or date.max
    days_of = zip(frame.values("charge_date"), frame.rows, strict=True)
    return Frame(frame.name, frame.columns, [row for day, row in days_of if first <= day < end])


def imports_card() -> None:
    """Show the list of imports, the newest first, with a choice to undo one."""
    frame = query_cache.sql("SELECT * FROM imports ORDER BY import_id")
    with layout.card(_("Imports"), _("The ledger of imports, and the days that each owns now"), key="imports"):
        newest = Frame(frame.name, frame.columns, frame.rows[::-1])
        tables.table(newest, key="imports", leave_out=("layout", "exported_at", "utc_offset", "amount_rows", "cost_rows", "sha256"))
        with st.container(horizontal=True, vertical_alignment="bottom", key="imports-acts"):
            downloads.imports_button(frame, key="imports")
            if access.may_change():
                import_panel.undo_choice([row for row in newest.records() if row["status"] == "active"])
        if job := jobs.current("undo"):
            import_panel.show_job(job)


def journal_card() -> None:
    """Show the acts of the journal, the newest first."""
    with layout.card(_("Journal"), _("Who did what when; each act holds the hash of the one before"), key="journal"):
        try:
            entries = query_cache.journal_entries()
        except EvidenceError as error:
            receipts.refusal(error)
            return
        newest = audit.frame(entries[::-1], lambda details: details.render(current().text))
        tables.table(newest, key="journal")
        downloads.audit_button(audit.frame(entries, str), key="journal")


main(url_state.view_or_none())
