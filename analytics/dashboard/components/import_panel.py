"""The controls to import and undo, and the progress and result of these jobs."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from typing import Any

import streamlit as st

from analytics.dashboard import access
from analytics.dashboard.components import layout, receipts
from analytics.dashboard.data import jobs, query_cache, uploads
from analytics.dashboard.i18n.safe_text import clean, markdown
from analytics.dashboard.i18n.translation import _, current
from analytics.ledger.feedback import Feedback

POLL_SECONDS = 0.2
_DROPZONE = '.st-key-card-upload [data-testid="stFileUploaderDropzone"]'


def import_card() -> None:
    """Show the upload of exports with the progress or result of an import; viewers see neither."""
    if not access.may_change():
        layout.small_print(":material/visibility: " + _("You may look, but change nothing."))
        return
    with layout.card(_("Import exports"), _("Zips as the platform made them, or amount and cost CSVs that belong together"), key="upload"):
        upload_number = st.session_state.setdefault("upload turn", 0)
        files = st.file_uploader(_("Exports"), accept_multiple_files=True, key=f"upload-{upload_number}", label_visibility="collapsed")
        _translate_uploader()
        layout.small_print(
            _("Larger ones: `keyspend import`. Loose CSVs do not say when they were exported: their last day counts as in progress.")
        )
        job = jobs.current("import")
        if st.button(_("Import"), type="primary", icon=":material/upload:", disabled=not files or jobs.is_busy(), key="import"):
            jobs.begin_import([uploads.Upload(file.name, file.getbuffer()) for file in files])
            job = jobs.current("import")
        if job:
            show_job(job)


def _translate_uploader() -> None:
    """Translate Streamlit's uploader, which has English texts only: they are hidden, and texts of ours shown in their place."""
    limit = f"{st.get_option('server.maxUploadSize')} MB"
    texts = {
        '[data-testid="stBaseButton-secondary"] p': _("Choose files"),
        '[data-testid="stFileUploaderDropzoneInstructions"] span': _("or drop them here, up to {limit} each", limit=limit),
    }
    rules = [f"{_DROPZONE} {selector} {{font-size: 0}}" for selector in texts]
    for selector, text in texts.items():
        rules.append(f"{_DROPZONE} {selector}::after {{font-size: 0.875rem; content: {json.dumps(text, ensure_ascii=False)}}}")
    st.html(f"<style>{' '.join(rules)}</style>")


def show_job(job: jobs.Job) -> None:
    """Show the progress of a running job, then its result."""
    if not job.result.done():
        _show_progress(job)
        if job.name == "import" and not job.error:
            # The files are in the ledger, or refused with their reason: the next uploader has none.
            st.session_state["upload turn"] += 1
        st.rerun()
    with st.container(key="outcome"):
        if error := jobs.error_of(job):
            receipts.refusal(error)
        elif isinstance(result := job.result.result(), jobs.UndoResult):
            receipts.undo_receipt(result)
        elif isinstance(result, Feedback):
            receipts.feedback_receipt(result)
        else:
            receipts.import_receipts(result)
        st.button(_("Close"), on_click=jobs.dismiss, icon=":material/close:", key="dismiss")


def _show_progress(job: jobs.Job) -> None:
    with st.status(_("Working…"), expanded=False) as box:
        while not job.result.done():
            time.sleep(POLL_SECONDS)
            if job.done_bytes:
                box.update(label=_("Read so far: {size} MB", size=current().number(Decimal(job.done_bytes // 100_000) / 10)))


def undo_choice(active_imports: list[dict[str, Any]]) -> None:
    """Show a choice of the active imports, and a button that undoes the chosen one."""
    names = {row["import_id"]: clean(f"{row['import_id']} · {row['source_name']} · {row['account'] or ''}") for row in active_imports}
    chosen = st.selectbox(
        _("Import to undo"),
        list(names),
        index=None,
        format_func=lambda number: names.get(number, ""),
        placeholder=_("Choose an import"),
        key="undo-choice",
    )
    if st.button(_("Undo…"), disabled=chosen is None or jobs.is_busy(), icon=":material/undo:", key="undo"):
        st.dialog(_("Undo this import?"))(_undo_dialog)(int(chosen or 0))


def _undo_dialog(import_id: int) -> None:
    """Show what an undo would change, with buttons to confirm or cancel it."""
    preview = query_cache.ledger().preview_undo(import_id)
    title_parts = (f"**{markdown(preview.source_name, 200)}**", _("import {number}", number=import_id), markdown(preview.account or ""))
    st.markdown(" · ".join(part for part in title_parts if part))
    effects = [*receipts.amount_texts(preview), *receipts.next_source_texts(preview)]
    for text in effects or [_("It owns no day now: no number changes.")]:
        st.markdown(f"- {text}")
    if closed := ", ".join(preview.closed_months):
        st.warning(
            _("It owns days of a closed month: {months}. Reopen it first: `keyspend reopen`.", months=closed), icon=":material/lock:"
        )
    layout.small_print(_("Its evidence is kept. Importing the same file again brings it back."))
    with st.container(horizontal=True):
        if st.button(_("Undo it"), type="primary", disabled=bool(closed), key="undo-yes"):
            jobs.begin_undo(import_id)
            st.rerun()
        if st.button(_("Keep it"), key="undo-no"):
            st.rerun()
