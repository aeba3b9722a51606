"""The results of imports, undos and feedback in the visitor's language, with the texts of the command line."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import streamlit as st

from analytics.core.messages import write
from analytics.dashboard.data import jobs, url_state
from analytics.dashboard.i18n.error_texts import IMPORT_ERRORS
from analytics.dashboard.i18n.safe_text import clean, markdown, mask
from analytics.dashboard.i18n.translation import _, current
from analytics.operations import messages
from analytics.operations.import_exports import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.core.errors import AnalyticsError
    from analytics.core.messages import Message
    from analytics.ledger.feedback import Feedback
    from analytics.operations.import_exports import Outcome
    from analytics.operations.receipt import Receipt
    from analytics.operations.undo_preview import UndoPreview

LONGEST = 2000
LINE = "  \n"
"""A new line, in Markdown."""
OPEN_AT_MOST = 3
"""The most receipts that are all open; of more, those without findings are folded."""


def text(message: Message) -> str:
    """Return a message in the visitor's language, as Markdown that shows it literally."""
    return markdown(message.render(current().text, _format_value), LONGEST)


def _format_value(value: Any) -> str:
    return clean(write(value).replace(" to ", " – ") if isinstance(value, list) else write(value), LONGEST)


def import_receipts(result: Sequence[Outcome]) -> None:
    """Show a receipt or a refusal for each source, the refusals first."""
    for outcome in sorted(result, key=lambda outcome: not isinstance(outcome, Refusal)):
        if isinstance(outcome, Refusal):
            refusal(outcome.error, outcome.source_name)
        else:
            _receipt(outcome, folded=len(result) > OPEN_AT_MOST)


def refusal(error: AnalyticsError, source_name: str = "") -> None:
    """Show an error, its stable code and what to do; in other languages than English a translated summary of it first."""
    name = f"**{markdown(source_name, 200)}**: " if source_name else ""
    message = f"{markdown(error.message, 300)} `[{error.code}]`"
    summary = _(IMPORT_ERRORS[error.code]) if error.code in IMPORT_ERRORS and current().code != "en" else ""
    lines = [line for line in (summary, message, markdown(error.hint, 300) if error.hint else "") if line]
    st.error(name + LINE.join(lines), icon=":material/block:")


def _receipt(receipt: Receipt, *, folded: bool) -> None:
    needs_attention = not receipt.is_reconciled or receipt.partial_dates or receipt.findings
    icon = (
        ":material/remove_done:"
        if receipt.status == "duplicate"
        else ":material/warning:"
        if needs_attention
        else ":material/check_circle:"
    )
    title = f"**{markdown(receipt.source_name, 200)}**: {text(messages.headline(receipt))}"
    lines = list(messages.lines(receipt))
    if not lines:
        st.info(title, icon=icon)
        return
    with st.expander(title, icon=icon, expanded=bool(needs_attention or receipt.replaced or receipt.kept) or not folded):
        st.markdown(LINE.join(f"{f':gray[{text(label)}] · ' if label else '&emsp;'}{text(sentence)}" for label, sentence in lines))


def feedback_receipt(result: Feedback) -> None:
    """Show what was recorded about days of a key, and its effect."""
    st.success(feedback_text(result), icon=":material/rate_review:")


def feedback_text(feedback: Feedback) -> str:
    """Return the feedback as Markdown, with the name of the key in the place of its mask."""
    options = url_state.filter_options()
    name = options.names.get(feedback.api_key) if options else None
    return text(messages.feedback(feedback._replace(api_key=clean(name) if name else mask(feedback.api_key))))


def undo_receipt(result: jobs.UndoResult) -> None:
    """Show what an undo did, and how it changed the totals."""
    lines = [text(messages.undone(result.row)), *next_source_texts(result.preview)]
    after = {(row["account"], row["currency"]): row for row in result.after.records()}
    for row in result.before.records():
        after_row = after.get((row["account"], row["currency"]), {})
        if (row["computed_cost"], row["billed_cost"]) != (after_row.get("computed_cost"), after_row.get("billed_cost")):
            lines.append(_changed(row, after_row))
    st.success(LINE.join(lines), icon=":material/undo:")


def _changed(row: dict[str, Any], after_row: dict[str, Any]) -> str:
    column = "billed_cost" if row["billed_cost"] is not None else "computed_cost"
    amount_before, amount_after = row[column], after_row.get(column) or Decimal(0)
    template = _("{account}: {before} became {after}, known days: {days}") if after_row else _("{account}: {before} became {after}")
    money = current().exact_money
    return markdown(
        template.format(
            account=row["account"],
            before=money(amount_before, row["currency"]),
            after=money(amount_after, row["currency"]),
            days=after_row.get("days", 0),
        ),
        LONGEST,
    )


def amount_texts(preview: UndoPreview) -> list[str]:
    """Return the cost of the days of an import, in Markdown, per currency."""
    money = current().exact_money
    return [
        _("Its days come to {amount} in {currency}.", amount=markdown(money(billed or computed, currency)), currency=_(currency))
        for currency, billed, computed in preview.amounts
    ]


def next_source_texts(preview: UndoPreview) -> list[str]:
    """Return which imports become the source of the days of an undone one, in Markdown."""
    return [
        _next_source_text(number, _format_value(dates))
        for number, dates in sorted(preview.next_sources.items(), key=lambda item: item[0] or 0)
    ]


def _next_source_text(number: int | None, days: str) -> str:
    if number is None:
        return _("Days that nothing tells of without it: {days}", days=markdown(days, LONGEST))
    return _("Days of which import {number} tells instead: {days}", number=number, days=markdown(days, LONGEST))
