"""The journal entry of a month's usage: costs by cost centre, the variance to the bill, and the wallets that paid.

Amounts are in cents, rounded from the exact ones by the method of the largest remainder, so that debits equal credits.
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
"""The name of a posting, its cost centre, and its exact amount: a debit where it is positive, a credit where it is negative."""


def journal_entry(spend: Frame, statement: Frame) -> Frame:
    """The entry of each account and currency, debits first, one row per line, in cents.

    `spend` is the spend by cost centre, `statement` the statement of the same month, whose wallets are credited with what they
    paid. Where no bill is known, one line credits what is owed for the usage instead.
    """
    bills = {group_key: list(rows) for group_key, rows in groupby(statement.records(), key=_account_and_currency)}
    lines: list[tuple[Any, ...]] = []
    for group_key, rows in groupby(sorted(spend.records(), key=_account_and_currency), key=_account_and_currency):
        lines += _entry(*group_key, [*_debits(list(rows)), *_credits(bills.get(group_key, []))])
    return Frame("journal-entry", _COLUMNS, lines)


def _account_and_currency(row: dict[str, Any]) -> tuple[str, str]:
    return row["account"], row["currency"]


def _debits(rows: Sequence[dict[str, Any]]) -> Iterator[Posting]:
    """The computed cost of each cost centre, and one posting without a centre for usage that has none."""
    for row in rows:
        if row["computed_cost"]:
            yield "API usage", row["cost_center"], row["computed_cost"]


def _credits(bill: Sequence[dict[str, Any]]) -> Iterator[Posting]:
    """What each wallet paid, and the variance between the bill and the usage."""
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
    """The lines of both sides, in cents; the sum of the debits is that of the credits."""
    whole = rounded(exact_sum(amount for _, _, amount in postings if amount > 0), CENTS)
    for side, sign in (("debit", 1), ("credit", -1)):
        lines = [(name, center, abs(amount)) for name, center, amount in postings if amount * sign > 0]
        for (name, center, _), cents in zip(lines, _cents(whole, [amount for _, _, amount in lines]), strict=True):
            amounts = (cents, None) if side == "debit" else (None, cents)
            yield account, side, name, center, currency, *amounts


def _cents(whole: Decimal, amounts: Sequence[Decimal]) -> list[Decimal]:
    """The amounts rounded to cents so that their sum is `whole`."""
    units = split_count(int(EXACT.scaleb(whole, CENTS)), [int(EXACT.scaleb(amount, SCALE)) for amount in amounts])
    return [rounded(EXACT.scaleb(Decimal(unit), -CENTS), SCALE) for unit in units]
