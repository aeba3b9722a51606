"""What people say of the days of an alert: asked for beside it, and listed with a way to take it back; viewers read it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import streamlit as st

from analytics.dashboard import access
from analytics.dashboard.components import import_panel, layout, receipts
from analytics.dashboard.data import jobs, query_cache
from analytics.dashboard.data.url_state import View
from analytics.dashboard.i18n.safe_text import markdown
from analytics.dashboard.i18n.translation import N_, _
from analytics.ledger.feedback import Feedback

MOST_SAID = 10
LONGEST_NOTE = 200
VERDICTS = {
    "yes": (N_("Out of the way"), N_("It stays here, and its days count as no usual ones.")),
    "no": (N_("Usual"), N_("It is not told any more, and its days count as usual ones.")),
    "planned": (N_("Planned"), N_("It is not told any more, and its days count as no usual ones.")),
}
"""The words of each verdict, and what follows from it."""
_SAID = """SELECT account, api_key, first_date, end_date, arg_max(verdict, act_id) AS verdict, arg_max(note, act_id) AS note
FROM key_feedback
GROUP BY ALL
HAVING arg_max(verdict, act_id) <> 'withdrawn'
ORDER BY max(act_id) DESC"""
"""What holds, the last word first."""


def outcome() -> None:
    """What became of the feedback that this visitor gave last."""
    if job := jobs.current("feedback"):
        import_panel.show_job(job)


def ask(row: dict[str, Any]) -> None:
    """A way to say what an alert was; nothing for who may only look."""
    if not access.may_change():
        return
    place = place_of(row)
    with st.popover(_("What was it?"), icon=":material/rate_review:", key=place):
        note = st.text_input(_("Note"), max_chars=LONGEST_NOTE, key=f"{place}-note", placeholder=_("Why, for whoever reads it later"))
        for verdict, (words, told) in VERDICTS.items():
            if st.button(_(words), help=_(told), disabled=jobs.is_busy(), width="stretch", key=f"{place}-{verdict}"):
                end = row["last_date"] + timedelta(days=1)
                jobs.begin_feedback(Feedback(row["account"], row["api_key"], row["first_date"], end, verdict, note))
                st.rerun()


def place_of(row: dict[str, Any]) -> str:
    """What the controls of an alert are known by: the alert itself, for the next one may soon have its rank."""
    return "-".join(("feedback", row["account"], row["api_key"].removeprefix("sk-").replace("*", ""), row["kind"], str(row["first_date"])))


def said(view: View) -> None:
    """What was said of days and still holds, with a way to take it back; nothing where nothing was said."""
    found = [Feedback(*row) for row in query_cache.sql(_SAID).rows if view.account in (None, row[0])]
    if not found:
        return
    with layout.card(_("What was said of days"), _("The last word on each day holds; the journal keeps all"), key="said"):
        for number, one in enumerate(found[:MOST_SAID]):
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key=f"said-{number}"):
                note = f" *{markdown(one.note, LONGEST_NOTE)}*" if one.note else ""
                st.markdown(f"{receipts.feedback_text(one)}{note}", width="content")
                _take_back(one, number)
        if len(found) > MOST_SAID:
            layout.small_print(_("And {count} more.", count=len(found) - MOST_SAID))


def _take_back(one: Feedback, number: int) -> None:
    if not access.may_change():
        return
    if st.button(_("Take back"), disabled=jobs.is_busy(), icon=":material/undo:", key=f"said-{number}-back"):
        jobs.begin_feedback(one._replace(verdict="withdrawn", note=""))
        st.rerun()
