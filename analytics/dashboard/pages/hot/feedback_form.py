"""Feedback about the days of an alert: buttons that record it, and the list of what was recorded, with a button to withdraw it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import streamlit as st

from analytics.core.messages import N_
from analytics.dashboard import access
from analytics.dashboard.components import import_panel, layout, receipts
from analytics.dashboard.data import jobs, query_cache
from analytics.dashboard.data.url_state import View
from analytics.dashboard.i18n.safe_text import markdown
from analytics.dashboard.i18n.translation import _
from analytics.ledger.feedback import Feedback

MOST_RECORDED = 10
LONGEST_NOTE = 200
FEEDBACK_VALUES = {
    "yes": (N_("Out of the way"), N_("It stays here, and its days count as no usual ones.")),
    "no": (N_("Usual"), N_("It is not told any more, and its days count as usual ones.")),
    "planned": (N_("Planned"), N_("It is not told any more, and its days count as no usual ones.")),
}
"""Verdict: its label, and its effect."""
_CURRENT_FEEDBACK = """SELECT account, api_key, first_date, end_date, arg_max(verdict, act_id) AS verdict, arg_max(note, act_id) AS note
FROM key_feedback
GROUP BY ALL
HAVING arg_max(verdict, act_id) <> 'withdrawn'
ORDER BY max(act_id) DESC"""
"""The feedback in force, the newest first."""


def show_last_result() -> None:
    """Show the result of the last feedback of this visitor."""
    if job := jobs.current("feedback"):
        import_panel.show_job(job)


def show(row: dict[str, Any]) -> None:
    """Show buttons that record feedback about an alert; nothing for viewers."""
    if not access.may_change():
        return
    key = widget_key(row)
    with st.popover(_("What was it?"), icon=":material/rate_review:", key=key):
        note = st.text_input(_("Note"), max_chars=LONGEST_NOTE, key=f"{key}-note", placeholder=_("Why, for whoever reads it later"))
        for verdict, (label, help_text) in FEEDBACK_VALUES.items():
            if st.button(_(label), help=_(help_text), disabled=jobs.is_busy(), width="stretch", key=f"{key}-{verdict}"):
                end = row["last_date"] + timedelta(days=1)
                jobs.begin_feedback(Feedback(row["account"], row["api_key"], row["first_date"], end, verdict, note))
                st.rerun()


def widget_key(row: dict[str, Any]) -> str:
    """Return the key of the controls of an alert, which does not depend on its rank: another alert may soon have that."""
    return "-".join(("feedback", row["account"], row["api_key"].removeprefix("sk-").replace("*", ""), row["kind"], str(row["first_date"])))


def show_recorded(view: View) -> None:
    """Show the feedback in force with buttons to withdraw it; nothing where there is none."""
    entries = [Feedback(*row) for row in query_cache.sql(_CURRENT_FEEDBACK).rows if view.account in (None, row[0])]
    if not entries:
        return
    with layout.card(_("What was said of days"), _("The last word on each day holds; the journal keeps all"), key="feedback-recorded"):
        for number, feedback in enumerate(entries[:MOST_RECORDED]):
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key=f"recorded-{number}"):
                note = f" *{markdown(feedback.note, LONGEST_NOTE)}*" if feedback.note else ""
                st.markdown(f"{receipts.feedback_text(feedback)}{note}", width="content")
                _withdraw_button(feedback, number)
        if len(entries) > MOST_RECORDED:
            layout.small_print(_("And {count} more.", count=len(entries) - MOST_RECORDED))


def _withdraw_button(feedback: Feedback, number: int) -> None:
    if not access.may_change():
        return
    if st.button(_("Take back"), disabled=jobs.is_busy(), icon=":material/undo:", key=f"recorded-{number}-withdraw"):
        jobs.begin_feedback(feedback._replace(verdict="withdrawn", note=""))
        st.rerun()
