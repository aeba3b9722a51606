"""Receipts and acts in sentences, the same for the command and for pages; it prints nothing and speaks no language but English."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from analytics.core.messages import Sentence, literal, say

if TYPE_CHECKING:
    from datetime import date

    from analytics.ledger.database.builder import ImportRow
    from analytics.ledger.feedback import Feedback
    from analytics.ledger.month_snapshot import Closing
    from analytics.ledger.month_snapshot import Total as FrozenTotal
    from analytics.operations.receipt import Difference, Receipt, Total

Line = tuple[Sentence | None, Sentence]
"""What a line of a receipt is about (None: the same as the line above), and what it says."""

SHOWN_DIFFERENCES = 10

REASONS = (
    say("the export has no cost file"),
    say("the currency is unknown"),
    say("the day was in progress when exported"),
    say("the cost file has no row"),
    say("the amount file has no row"),
    say("the two files differ"),
)
"""Why a day does not reconcile, as the store says it."""
_VERDICTS = {
    "yes": say("{key} of {account}, {days}: out of the way; they count as no usual days"),
    "no": say("{key} of {account}, {days}: usual; nothing alerts about them"),
    "planned": say("{key} of {account}, {days}: planned; nothing alerts about them, and they count as no usual days"),
    "withdrawn": say("{key} of {account}, {days}: nothing is said any more"),
}
_BASES = (say("member time"), say("member time, unknown zone"), say("file time"), say("unknown"))
"""How it is known when an export was made, as the reader of exports says it."""


def headline(receipt: Receipt) -> Sentence:
    """The first line of a receipt, after the name of its source."""
    number = str(receipt.import_id)
    if receipt.status == "duplicate":
        return say("already imported as number {import_id}; nothing was changed", import_id=number)
    return say("import {import_id}", import_id=number)


def lines(receipt: Receipt) -> Iterator[Line]:
    """The other lines of a receipt; none for evidence that was active already."""
    if receipt.status == "duplicate":
        return
    yield say("layout"), _layout(receipt)
    if receipt.account is None:
        yield say("days"), say("none: the export is empty")
        return
    yield say("account"), literal(receipt.account)
    yield say("days"), _days(receipt)
    if receipt.partial_dates:
        yield say("partial"), _partial(receipt)
    for total in receipt.totals:
        yield say("total"), _total(total)
    yield from _reconciled(receipt)
    for other, dates in receipt.replaced.items():
        yield say("replaced"), _replaced(other, dates)
    for other, dates in receipt.kept.items():
        yield say("left"), _kept(other, dates)
    if receipt.closed_dates:
        yield say("closed"), say("days of a closed month, which stays as it was closed: {days}", days=receipt.closed_dates)
    for finding in receipt.findings:
        yield say("note"), Sentence("{code}: {text}", {"code": finding.code, "text": finding.sentence})


def undone(row: ImportRow) -> Sentence:
    """What an undo did."""
    told = {"import_id": str(row.import_id), "name": row.source_name}
    return say("import {import_id} ({name}) is undone; its days belong again to whoever had them", **told)


def closed(closing: Closing) -> Sentence:
    """What a close froze."""
    told = {"month": closing.billing_period, "account": closing.account, "days": len(closing.owners), "hash": closing.evidence_sha256[:12]}
    amounts = tuple(_amount(total) for total in closing.totals) or (say("nothing was used"),)
    return say("{month} of {account} is closed: {amounts}; days with an owner: {days}; evidence {hash}", **told, amounts=amounts)


def _amount(total: FrozenTotal) -> Sentence:
    told = {"computed": total.computed_cost, "currency": total.currency}
    if total.billed_cost is None:
        return say("{computed} {currency} computed", **told)
    return say("{billed} {currency} billed, {computed} computed", **told, billed=total.billed_cost)


def feedback(said: Feedback) -> Sentence:
    """What was said of days of a key."""
    return replace(_VERDICTS[said.verdict], values={"key": said.api_key, "account": said.account, "days": list(said.days())})


def reasons(text: str) -> tuple[Sentence, ...]:
    """The reasons of a difference, which the store joins with semicolons, each to be told in any language."""
    return tuple(Sentence(reason) for reason in text.split("; "))


def _layout(receipt: Receipt) -> Sentence:
    rows = {"layout": receipt.layout, "amount_rows": receipt.amount_rows}
    if receipt.cost_rows is None:
        return say("{layout}, {amount_rows} amount rows, no cost file", **rows)
    return say("{layout}, {amount_rows} amount rows, {cost_rows} cost rows", **rows, cost_rows=receipt.cost_rows)


def _days(receipt: Receipt) -> Sentence:
    told = {"first": receipt.first_date, "last": receipt.last_date, "offset": receipt.utc_offset, "owned": receipt.owned_days}
    if receipt.day_count == 1:
        return say("{first} to {last} at UTC{offset}: 1 day with rows, {owned} owned", **told)
    return say("{first} to {last} at UTC{offset}: {count} days with rows, {owned} owned", **told, count=receipt.day_count)


def _partial(receipt: Receipt) -> Sentence:
    return say(
        "{days}: in progress when exported ({exported_at}, {basis})",
        days=receipt.partial_dates,
        exported_at=receipt.exported_at,
        basis=Sentence(receipt.exported_at_basis),
    )


def _total(total: Total) -> Sentence:
    told = {"billed": total.billed_cost, "computed": total.computed_cost, "currency": total.currency}
    if total.billed_cost is None:
        return say("{computed} {currency} computed", **told)
    if not total.variance:
        return say("{billed} {currency} billed, {computed} computed", **told)
    return say("{billed} {currency} billed, {computed} computed, variance {variance}", **told, variance=total.variance)


def _reconciled(receipt: Receipt) -> Iterator[Line]:
    count = len(receipt.differences)
    if receipt.is_reconciled:
        yield say("reconciled"), say("yes, to the last digit")
        return
    yield say("reconciled"), say("no: 1 difference") if count == 1 else say("no: {count} differences", count=count)
    for difference in receipt.differences[:SHOWN_DIFFERENCES]:
        yield None, _difference(difference)
    if count > SHOWN_DIFFERENCES:
        yield None, say("and {count} more: keyspend report reconciliation", count=count - SHOWN_DIFFERENCES)


def _difference(difference: Difference) -> Sentence:
    told = {"day": difference.charge_date, "model": difference.model, "reasons": reasons(difference.reason)}
    if difference.variance is None:
        return say("{day} {model}: {reasons}", **told)
    return say("{day} {model} by {variance} {currency}: {reasons}", **told, variance=difference.variance, currency=difference.currency)


def _replaced(other: int, dates: list[date]) -> Sentence:
    told = {"import_id": str(other), "days": dates}
    if len(dates) == 1:
        return say("1 day of import {import_id}: {days}", **told)
    return say("{count} days of import {import_id}: {days}", **told, count=len(dates))


def _kept(other: int, dates: list[date]) -> Sentence:
    told = {"import_id": str(other), "days": dates}
    if len(dates) == 1:
        return say("1 day to import {import_id}, which knows more: {days}", **told)
    return say("{count} days to import {import_id}, which knows more: {days}", **told, count=len(dates))
