"""The controls of acts: where exports are dropped, where an import is undone, and what has become of either; the acts do the work."""

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

LOOK_EVERY_SECONDS = 0.2
_DROPZONE = '.st-key-card-upload [data-testid="stFileUploaderDropzone"]'


def importing() -> None:
    """A place for exports, and what became of the last act; viewers see neither."""
    if not access.may_change():
        layout.small(":material/visibility: " + _("You may look, but change nothing."))
        return
    with layout.card(_("Import exports"), _("Zips as the platform made them, or amount and cost CSVs that belong together"), key="upload"):
        turn = st.session_state.setdefault("upload turn", 0)
        files = st.file_uploader(_("Exports"), accept_multiple_files=True, key=f"upload-{turn}", label_visibility="collapsed")
        _in_our_words()
        layout.small(
            _("Larger ones: `keyspend import`. Loose CSVs do not say when they were exported: their last day counts as in progress.")
        )
        act = jobs.current("import")
        if st.button(_("Import"), type="primary", icon=":material/upload:", disabled=not files or jobs.is_busy(), key="import"):
            jobs.begin_import([uploads.Upload(file.name, file.getbuffer()) for file in files])
            act = jobs.current("import")
        if act:
            follow(act)


def _in_our_words() -> None:
    """Streamlit's uploader speaks English only; what it says is hidden, and our words stand in its place."""
    limit = f"{st.get_option('server.maxUploadSize')} MB"
    said = {
        '[data-testid="stBaseButton-secondary"] p': _("Choose files"),
        '[data-testid="stFileUploaderDropzoneInstructions"] span': _("or drop them here, up to {limit} each", limit=limit),
    }
    rules = [f"{_DROPZONE} {place} {{font-size: 0}}" for place in said]
    for place, text in said.items():
        rules.append(f"{_DROPZONE} {place}::after {{font-size: 0.875rem; content: {json.dumps(text, ensure_ascii=False)}}}")
    st.html(f"<style>{' '.join(rules)}</style>")


def follow(act: jobs.Act) -> None:
    """The progress of an act under way; then what it did."""
    if not act.result.done():
        _wait(act)
        if act.name == "import" and not act.error:
            # The files are in the ledger, or refused with their reason: the next uploader has none.
            st.session_state["upload turn"] += 1
        st.rerun()
    with st.container(key="outcome"):
        if error := jobs.failed(act):
            receipts.refused(error)
        elif isinstance(done := act.result.result(), jobs.Undone):
            receipts.undone(done)
        elif isinstance(done, Feedback):
            receipts.said(done)
        else:
            receipts.outcomes(done)
        st.button(_("Close"), on_click=jobs.dismiss, icon=":material/close:", key="dismiss")


def _wait(act: jobs.Act) -> None:
    with st.status(_("Working…"), expanded=False) as box:
        while not act.result.done():
            time.sleep(LOOK_EVERY_SECONDS)
            if act.done_bytes:
                box.update(label=_("Read so far: {size} MB", size=current().number(Decimal(act.done_bytes // 100_000) / 10)))


def undoing(active: list[dict[str, Any]]) -> None:
    """A choice among the imports that can be undone."""
    names = {row["import_id"]: clean(f"{row['import_id']} · {row['source_name']} · {row['account'] or ''}") for row in active}
    chosen = st.selectbox(
        _("Import to undo"),
        list(names),
        index=None,
        format_func=lambda number: names.get(number, ""),
        placeholder=_("Choose an import"),
        key="undo-choice",
    )
    if st.button(_("Undo…"), disabled=chosen is None or jobs.is_busy(), icon=":material/undo:", key="undo"):
        st.dialog(_("Undo this import?"))(_confirm)(int(chosen or 0))


def _confirm(import_id: int) -> None:
    """Say what an undo would change, and ask."""
    foreseen = query_cache.ledger().foresee_undo(import_id)
    named = (f"**{markdown(foreseen.source_name, 200)}**", _("import {number}", number=import_id), markdown(foreseen.account or ""))
    st.markdown(" · ".join(part for part in named if part))
    said = [*receipts.amounts(foreseen), *receipts.heirs(foreseen)]
    for text in said or [_("It owns no day now: no number changes.")]:
        st.markdown(f"- {text}")
    if closed := ", ".join(foreseen.closed_months):
        st.warning(
            _("It owns days of a closed month: {months}. Reopen it first: `keyspend reopen`.", months=closed), icon=":material/lock:"
        )
    layout.small(_("Its evidence is kept. Importing the same file again brings it back."))
    with st.container(horizontal=True):
        if st.button(_("Undo it"), type="primary", disabled=bool(closed), key="undo-yes"):
            jobs.begin_undo(import_id)
            st.rerun()
        if st.button(_("Keep it"), key="undo-no"):
            st.rerun()
