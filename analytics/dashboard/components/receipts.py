"""What an act did, told as the command tells it, in the visitor's language: receipts, refusals, undos; it does nothing itself."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import streamlit as st

from analytics.core.messages import write
from analytics.dashboard.data import jobs, url_state
from analytics.dashboard.i18n.error_texts import GISTS
from analytics.dashboard.i18n.safe_text import clean, markdown, mask
from analytics.dashboard.i18n.translation import _, current
from analytics.operations import messages
from analytics.operations.import_exports import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics import AnalyticsError
    from analytics.core.messages import Message
    from analytics.ledger.feedback import Feedback
    from analytics.operations.import_exports import Outcome
    from analytics.operations.receipt import Receipt
    from analytics.operations.undo_preview import UndoPreview

LONGEST = 2000
LINE = "  \n"
"""A new line, in Markdown."""
OPEN_AT_MOST = 3
"""So many receipts are shown whole; of more, those that say nothing special are folded."""


def tell(sentence: Message) -> str:
    """A sentence in the visitor's language, as Markdown that shows it literally."""
    return markdown(sentence.render(current().text, _written), LONGEST)


def _written(value: Any) -> str:
    return clean(write(value).replace(" to ", " – ") if isinstance(value, list) else write(value), LONGEST)


def outcomes(done: Sequence[Outcome]) -> None:
    """A receipt or a refusal for each source, those that need attention first."""
    for outcome in sorted(done, key=lambda outcome: not isinstance(outcome, Refusal)):
        if isinstance(outcome, Refusal):
            refused(outcome.error, outcome.source_name)
        else:
            _receipt(outcome, folded=len(done) > OPEN_AT_MOST)


def refused(error: AnalyticsError, source_name: str = "") -> None:
    """What was refused, why and what to do, with its stable code; in other languages than English the gist of it first."""
    name = f"**{markdown(source_name, 200)}**: " if source_name else ""
    exact = f"{markdown(error.message, 300)} `[{error.code}]`"
    gist = _(GISTS[error.code]) if error.code in GISTS and current().code != "en" else ""
    said = [text for text in (gist, exact, markdown(error.hint, 300) if error.hint else "") if text]
    st.error(name + LINE.join(said), icon=":material/block:")


def _receipt(receipt: Receipt, *, folded: bool) -> None:
    special = not receipt.is_reconciled or receipt.partial_dates or receipt.findings
    icon = ":material/remove_done:" if receipt.status == "duplicate" else ":material/warning:" if special else ":material/check_circle:"
    told = f"**{markdown(receipt.source_name, 200)}**: {tell(messages.headline(receipt))}"
    lines = list(messages.lines(receipt))
    if not lines:
        st.info(told, icon=icon)
        return
    with st.expander(told, icon=icon, expanded=bool(special or receipt.replaced or receipt.kept) or not folded):
        st.markdown(LINE.join(f"{f':gray[{tell(label)}] · ' if label else '&emsp;'}{tell(sentence)}" for label, sentence in lines))


def said(done: Feedback) -> None:
    """What was said of days of a key, and what follows."""
    st.success(feedback(done), icon=":material/rate_review:")


def feedback(said: Feedback) -> str:
    """The same as Markdown, with the key's name in the place of its mask."""
    offered = url_state.filter_options()
    name = offered.names.get(said.api_key) if offered else None
    return tell(messages.feedback(said._replace(api_key=clean(name) if name else mask(said.api_key))))


def undone(done: jobs.Undone) -> None:
    """What an undo did, and how the totals changed by it."""
    said = [tell(messages.undone(done.row)), *heirs(done.foreseen)]
    after = {(row["account"], row["currency"]): row for row in done.after.records()}
    for row in done.before.records():
        now = after.get((row["account"], row["currency"]), {})
        if (row["computed_cost"], row["billed_cost"]) != (now.get("computed_cost"), now.get("billed_cost")):
            said.append(_changed(row, now))
    st.success(LINE.join(said), icon=":material/undo:")


def _changed(row: dict[str, Any], now: dict[str, Any]) -> str:
    column = "billed_cost" if row["billed_cost"] is not None else "computed_cost"
    then, left = row[column], now.get(column) or Decimal(0)
    template = _("{account}: {before} became {after}, known days: {days}") if now else _("{account}: {before} became {after}")
    money = current().exact_money
    return markdown(
        template.format(
            account=row["account"], before=money(then, row["currency"]), after=money(left, row["currency"]), days=now.get("days", 0)
        ),
        LONGEST,
    )


def amounts(foreseen: UndoPreview) -> list[str]:
    """What the days of an import come to, in Markdown, per currency."""
    money = current().exact_money
    return [
        _("Its days come to {amount} in {currency}.", amount=markdown(money(billed or computed, currency)), currency=_(currency))
        for currency, billed, computed in foreseen.amounts
    ]


def heirs(foreseen: UndoPreview) -> list[str]:
    """Who has the days of an import when it is undone, in Markdown."""
    return [_heir(number, _written(dates)) for number, dates in sorted(foreseen.heirs.items(), key=lambda heir: heir[0] or 0)]


def _heir(number: int | None, days: str) -> str:
    if number is None:
        return _("Days that nothing tells of without it: {days}", days=markdown(days, LONGEST))
    return _("Days of which import {number} tells instead: {days}", number=number, days=markdown(days, LONGEST))
