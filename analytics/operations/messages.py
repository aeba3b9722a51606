"""The messages of receipts and acts, shared by the command and the pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from analytics.core.messages import Message, literal, message

if TYPE_CHECKING:
    from datetime import date

    from analytics.ledger.database.builder import ImportRow
    from analytics.ledger.feedback import Feedback
    from analytics.ledger.month_snapshot import MonthSnapshot
    from analytics.ledger.month_snapshot import Total as FrozenTotal
    from analytics.operations.receipt import Difference, Receipt, Total

Line = tuple[Message | None, Message]
"""The label of a line of a receipt (None: that of the line above), and its text."""

SHOWN_DIFFERENCES = 10

REASONS = (
    message("the export has no cost file"),
    message("the currency is unknown"),
    message("the day was in progress when exported"),
    message("the bill has a refund of this amount"),
    message("the cost file has no row"),
    message("the amount file has no row"),
    message("the two files differ"),
)
"""The reasons why a day does not reconcile, as stored in `bucket_reconciliation`."""
_FEEDBACK_TEXTS = {
    "yes": message("{key} of {account}, {days}: out of the way; they count as no usual days"),
    "no": message("{key} of {account}, {days}: usual; nothing alerts about them"),
    "planned": message("{key} of {account}, {days}: planned; nothing alerts about them, and they count as no usual days"),
    "withdrawn": message("{key} of {account}, {days}: nothing is said any more"),
}
_BASES = (message("member time"), message("member time, unknown zone"), message("file time"), message("unknown"))
"""The bases of the time of an export, as the readers of exports return them."""


def headline(receipt: Receipt) -> Message:
    """Return the first line of a receipt, which follows the name of its source."""
    number = str(receipt.import_id)
    if receipt.status == "duplicate":
        return message("already imported as number {import_id}; nothing was changed", import_id=number)
    return message("import {import_id}", import_id=number)


def lines(receipt: Receipt) -> Iterator[Line]:
    """Yield the other lines of a receipt; none for evidence that was active already."""
    if receipt.status == "duplicate":
        return
    yield message("layout"), _layout(receipt)
    if receipt.account is None:
        yield message("days"), message("none: the export is empty")
        return
    yield message("account"), literal(receipt.account)
    yield message("days"), _days(receipt)
    if receipt.partial_dates:
        yield message("partial"), _partial(receipt)
    for total in receipt.totals:
        yield message("total"), _total(total)
    yield from _reconciled(receipt)
    for other, dates in receipt.replaced.items():
        yield message("replaced"), _replaced(other, dates)
    for other, dates in receipt.kept.items():
        yield message("left"), _kept(other, dates)
    if receipt.closed_dates:
        yield message("closed"), message("days of a closed month, which stays as it was closed: {days}", days=receipt.closed_dates)
    for finding in receipt.findings:
        yield message("note"), Message("{code}: {text}", {"code": finding.code, "text": finding.sentence})


def undone(row: ImportRow) -> Message:
    """Return the message of an undo of the import `row`."""
    values = {"import_id": str(row.import_id), "name": row.source_name}
    return message("import {import_id} ({name}) is undone; its days belong again to whoever had them", **values)


def closed(closing: MonthSnapshot) -> Message:
    """Return the message of a close: costs, days with a source, and the hash of the evidence."""
    values = {
        "month": closing.billing_period,
        "account": closing.account,
        "days": len(closing.day_sources),
        "hash": closing.evidence_sha256[:12],
    }
    amounts = tuple(_amount(total) for total in closing.totals) or (message("nothing was used"),)
    return message("{month} of {account} is closed: {amounts}; days with an owner: {days}; evidence {hash}", **values, amounts=amounts)


def _amount(total: FrozenTotal) -> Message:
    values = {"computed": total.computed_cost, "currency": total.currency}
    if total.billed_cost is None:
        return message("{computed} {currency} computed", **values)
    return message("{billed} {currency} billed, {computed} computed", **values, billed=total.billed_cost)


def feedback(act: Feedback) -> Message:
    """Return the message of feedback on days of a key."""
    return replace(_FEEDBACK_TEXTS[act.verdict], values={"key": act.api_key, "account": act.account, "days": list(act.days())})


def reasons(text: str) -> tuple[Message, ...]:
    """Return the reasons of a difference, which are stored joined with semicolons, as messages for any language."""
    return tuple(Message(reason) for reason in text.split("; "))


def _layout(receipt: Receipt) -> Message:
    rows = {"layout": receipt.layout, "amount_rows": receipt.amount_rows}
    if receipt.cost_rows is None:
        return message("{layout}, {amount_rows} amount rows, no cost file", **rows)
    return message("{layout}, {amount_rows} amount rows, {cost_rows} cost rows", **rows, cost_rows=receipt.cost_rows)


def _days(receipt: Receipt) -> Message:
    values = {"first": receipt.first_date, "last": receipt.last_date, "offset": receipt.utc_offset, "owned": receipt.owned_days}
    if receipt.day_count == 1:
        return message("{first} to {last} at UTC{offset}: 1 day with rows, {owned} owned", **values)
    return message("{first} to {last} at UTC{offset}: {count} days with rows, {owned} owned", **values, count=receipt.day_count)


def _partial(receipt: Receipt) -> Message:
    return message(
        "{days}: in progress when exported ({exported_at}, {basis})",
        days=receipt.partial_dates,
        exported_at=receipt.exported_at,
        basis=Message(receipt.exported_at_basis),
    )


def _total(total: Total) -> Message:
    values = {"billed": total.billed_cost, "computed": total.computed_cost, "currency": total.currency}
    if total.billed_cost is None:
        return message("{computed} {currency} computed", **values)
    if not total.variance:
        return message("{billed} {currency} billed, {computed} computed", **values)
    return message("{billed} {currency} billed, {computed} computed, variance {variance}", **values, variance=total.variance)


def _reconciled(receipt: Receipt) -> Iterator[Line]:
    count = len(receipt.differences)
    if receipt.is_reconciled:
        yield message("reconciled"), message("yes, to the last digit")
        return
    yield message("reconciled"), message("no: 1 difference") if count == 1 else message("no: {count} differences", count=count)
    for difference in receipt.differences[:SHOWN_DIFFERENCES]:
        yield None, _difference(difference)
    if count > SHOWN_DIFFERENCES:
        yield None, message("and {count} more: keyspend report reconciliation", count=count - SHOWN_DIFFERENCES)


def _difference(difference: Difference) -> Message:
    values = {"day": difference.charge_date, "model": difference.model, "reasons": reasons(difference.reason)}
    if difference.variance is None:
        return message("{day} {model}: {reasons}", **values)
    return message(
        "{day} {model} by {variance} {currency}: {reasons}", **values, variance=difference.variance, currency=difference.currency
    )


def _replaced(other: int, dates: list[date]) -> Message:
    values = {"import_id": str(other), "days": dates}
    if len(dates) == 1:
        return message("1 day of import {import_id}: {days}", **values)
    return message("{count} days of import {import_id}: {days}", **values, count=len(dates))


def _kept(other: int, dates: list[date]) -> Message:
    values = {"import_id": str(other), "days": dates}
    if len(dates) == 1:
        return message("1 day to import {import_id}, which knows more: {days}", **values)
    return message("{count} days to import {import_id}, which knows more: {days}", **values, count=len(dates))
