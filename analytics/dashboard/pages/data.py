"""Data: importing and undoing, which days are known, and what is doubtful about them. Without data, `view` is None."""

import time
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

import streamlit as st

from analytics import Frame
from analytics.analysis.completeness import completeness
from analytics.dashboard import acts, answers, bounded, days, parts, receipts, uploads, verdicts, visitors
from analytics.dashboard.filters import View
from analytics.dashboard.language import _, current
from analytics.dashboard.plain import clean, markdown
from analytics.period import ALL_DAYS
from analytics.reports import Report

MOST_ACCOUNTS = 6
MOST_FINDINGS = 20
LOOK_EVERY_SECONDS = 0.2


def main(view: View | None) -> None:
    """Show the page."""
    if view is None:
        parts.nothing_imported()
        importing()
        if answers.generation():
            imports()
        return
    coverage = answers.answer("coverage", start=view.scope["start"], end=view.scope["end"], account=view.account)
    parts.heading(_("Data"), view, coverage)
    importing()
    findings(view, calendars(view))
    imports()


def importing() -> None:
    """A place for exports, and what became of the last act; viewers see neither."""
    if not visitors.may_change():
        parts.small(":material/visibility: " + _("You may look, but neither import nor undo."))
        return
    with parts.card(_("Import exports"), _("Zips as the platform made them, or amount and cost CSVs that belong together"), key="upload"):
        turn = st.session_state.setdefault("upload turn", 0)
        files = st.file_uploader(_("Exports"), accept_multiple_files=True, key=f"upload-{turn}", label_visibility="collapsed")
        limit = f"{st.get_option('server.maxUploadSize')} MB"
        parts.small(_("Up to {limit} each; larger ones with `keyspend import`.", limit=limit))
        parts.small(_("Loose CSVs do not say when they were exported: their last day counts as in progress."))
        act = acts.current()
        if st.button(_("Import"), type="primary", icon=":material/upload:", disabled=not files or acts.is_busy(), key="import"):
            acts.begin_import([uploads.Upload(file.name, file.getbuffer()) for file in files])
            act = acts.current()
        if act and act.is_import:
            _follow(act)


def _follow(act: acts.Act) -> None:
    """The progress of an act under way; then what it did."""
    if not act.result.done():
        _wait(act)
        if act.is_import and not act.error:
            # The files are in the ledger, or refused with their reason: the next uploader has none.
            st.session_state["upload turn"] += 1
        st.rerun()
    with st.container(key="outcome"):
        if error := acts.failed(act):
            receipts.refused(error)
        elif isinstance(done := act.result.result(), acts.Undone):
            receipts.undone(done)
        else:
            receipts.outcomes(done)
        st.button(_("Close"), on_click=acts.dismiss, icon=":material/close:", key="dismiss")


def _wait(act: acts.Act) -> None:
    with st.status(_("Working…"), expanded=False) as box:
        while not act.result.done():
            time.sleep(LOOK_EVERY_SECONDS)
            if act.done_bytes:
                box.update(label=_("Read so far: {size} MB", size=current().number(Decimal(act.done_bytes // 100_000) / 10)))


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
        bounded.rows(report, key="coverage")
    return report


def findings(view: View, coverage: Report) -> None:
    """What is doubtful in the days that are looked at, in sentences, and each difference between bill and usage with its reason."""
    scope = {name: view.scope[name] for name in ("start", "end", "account")}
    differing = answers.answer("differences", **scope)
    restated = answers.answer("restated-days", **scope)
    period = current().period(view.period)
    with parts.card(_("Findings"), _("What a reader of {period} must know", period=period), key="findings"):
        found = completeness(ALL_DAYS, _within(view, coverage.frame), differing.frame)
        said = [f"**{markdown(one.account)}**: {text}" for one in found for text in verdicts.doubts(one)]
        said += list(days.restated(restated.frame))
        for text in said[:MOST_FINDINGS]:
            st.markdown(f":material/warning: {text}")
        if len(said) > MOST_FINDINGS:
            parts.small(_("And {count} more.", count=len(said) - MOST_FINDINGS))
        if not said:
            _well(_("Every day is known, was over when it was exported, and reconciles to the last digit."))
        if restated.frame.rows:
            bounded.rows(restated, key="restated")
    with parts.card(
        _("Differences between bill and usage"), _("Per day, model and currency, of {period}", period=period), key="differences"
    ):
        if differing.frame.rows:
            bounded.table(differing.frame, key="differences")
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
        bounded.table(newest, key="imports", leave_out=("layout", "exported_at", "utc_offset", "amount_rows", "cost_rows", "sha256"))
        with st.container(horizontal=True, vertical_alignment="bottom", key="imports-acts"):
            parts.download_imports(frame, key="imports")
            if visitors.may_change():
                _undo_choice([row for row in newest.records() if row["status"] == "active"])
        if (act := acts.current()) and not act.is_import:
            _follow(act)


def _undo_choice(active: list[dict[str, Any]]) -> None:
    names = {row["import_id"]: clean(f"{row['import_id']} · {row['source_name']} · {row['account'] or ''}") for row in active}
    chosen = st.selectbox(
        _("Import to undo"),
        list(names),
        index=None,
        format_func=lambda number: names.get(number, ""),
        placeholder=_("Choose an import"),
        key="undo-choice",
    )
    if st.button(_("Undo…"), disabled=chosen is None or acts.is_busy(), icon=":material/undo:", key="undo"):
        st.dialog(_("Undo this import?"))(_confirm)(int(chosen or 0))


def _confirm(import_id: int) -> None:
    """Say what an undo would change, and ask."""
    foreseen = answers.ledger().foresee_undo(import_id)
    named = (f"**{markdown(foreseen.source_name, 200)}**", _("import {number}", number=import_id), markdown(foreseen.account or ""))
    st.markdown(" · ".join(part for part in named if part))
    said = [*receipts.amounts(foreseen), *receipts.heirs(foreseen)]
    for text in said or [_("It owns no day now: no number changes.")]:
        st.markdown(f"- {text}")
    parts.small(_("Its evidence is kept. Importing the same file again brings it back."))
    with st.container(horizontal=True):
        if st.button(_("Undo it"), type="primary", key="undo-yes"):
            acts.begin_undo(import_id)
            st.rerun()
        if st.button(_("Keep it"), key="undo-no"):
            st.rerun()


main(st.session_state["view"])
