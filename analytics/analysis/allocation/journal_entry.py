"""A month's usage as the entry that books it: costs to cost centres, their difference to the bill, and the wallets that paid; pure.

Amounts are in cents, cut from the exact ones so that each side adds up to the other (largest remainder).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from analytics.analysis.allocation.split import split_count
from analytics.core.frame import Column, Frame
from analytics.core.money import EXACT, SCALE, exact_sum, rounded

CENTS = 2
_COLUMNS = (
    Column("account", "VARCHAR"),
    Column("side", "VARCHAR"),
    Column("posting", "VARCHAR"),
    Column("cost_center", "VARCHAR"),
    Column("currency", "VARCHAR"),
    Column("debit_cost", f"DECIMAL(38,{SCALE})"),
    Column("credit_cost", f"DECIMAL(38,{SCALE})"),
)
Posting = tuple[str, str | None, Decimal]
"""What is booked, to which cost centre, and how much: to the debit side, or where it is negative to the credit side."""


def journal_entry(spend: Frame, statement: Frame) -> Frame:
    """The entry of each account and currency, debits first.

    `spend` is the spend of cost centres, `statement` the statement of the same month, whose wallets say what was paid how; where no
    bill is known, what is owed for the usage stands in their place.
    """
    bills = {about: list(rows) for about, rows in groupby(statement.records(), key=_about)}
    found: list[tuple[Any, ...]] = []
    for about, rows in groupby(sorted(spend.records(), key=_about), key=_about):
        found += _entry(*about, [*_debits(list(rows)), *_credits(bills.get(about, []))])
    return Frame("journal-entry", _COLUMNS, found)


def _about(row: dict[str, Any]) -> tuple[str, str]:
    return row["account"], row["currency"]


def _debits(rows: Sequence[dict[str, Any]]) -> Iterator[Posting]:
    """The usage of each cost centre, as computed; what has none stands by itself."""
    for row in rows:
        if row["computed_cost"]:
            yield "API usage", row["cost_center"], row["computed_cost"]


def _credits(bill: Sequence[dict[str, Any]]) -> Iterator[Posting]:
    """What the wallets paid, and what the bill has beyond the usage."""
    total = next((row for row in bill if row["section"] == "total"), None)
    if total is None or total["billed_cost"] is None:
        yield "Owed for usage", None, -(total["computed_cost"] if total else Decimal(0))
        return
    if total["variance"]:
        yield "Billed beyond usage" if total["variance"] > 0 else "Usage not billed", None, total["variance"]
    for row in bill:
        if row["section"] == "wallet" and row["billed_cost"]:
            yield f"{row['item']} balance", None, -row["billed_cost"]


def _entry(account: str, currency: str, postings: Sequence[Posting]) -> Iterator[tuple[Any, ...]]:
    """The lines of both sides, each in cents that add up to those of the other."""
    whole = rounded(exact_sum(amount for _, _, amount in postings if amount > 0), CENTS)
    for side, sign in (("debit", 1), ("credit", -1)):
        lines = [(name, center, abs(amount)) for name, center, amount in postings if amount * sign > 0]
        for (name, center, _), cents in zip(lines, _cents(whole, [amount for _, _, amount in lines]), strict=True):
            amounts = (cents, None) if side == "debit" else (None, cents)
            yield account, side, name, center, currency, *amounts


def _cents(whole: Decimal, amounts: Sequence[Decimal]) -> list[Decimal]:
    """The amounts in cents, the sum of which is `whole`."""
    units = split_count(int(EXACT.scaleb(whole, CENTS)), [int(EXACT.scaleb(amount, SCALE)) for amount in amounts])
    return [rounded(EXACT.scaleb(Decimal(unit), -CENTS), SCALE) for unit in units]
