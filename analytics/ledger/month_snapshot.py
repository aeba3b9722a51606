"""The month snapshot: what the close of a month freezes, as a value and as JSON in the journal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from analytics.core.money import plain


@dataclass(frozen=True)
class Total:
    """The costs of a month of an account in one currency: computed, billed (None without a bill in it) and billed by wallet."""

    currency: str
    billed_cost: Decimal | None
    computed_cost: Decimal
    wallets: Mapping[str, Decimal]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; money as text with all the digits of the store."""
        return {
            "currency": self.currency,
            "billed_cost": None if self.billed_cost is None else plain(self.billed_cost),
            "computed_cost": plain(self.computed_cost),
            "wallets": {name: plain(cost) for name, cost in sorted(self.wallets.items())},
        }


@dataclass(frozen=True)
class MonthSnapshot:
    """A month of one account as it is when it is closed.

    `day_sources` has the evidence (SHA-256 of its bytes) that is the source of each day; the other days of the month have no source
    and get none. `prices` are the currencies (model, meter, unit price, currency) of lines without a bill: they were inferred from
    other days, whose bills may change later.
    """

    account: str
    month_date: date
    day_sources: Mapping[date, str]
    prices: tuple[tuple[str, str, Decimal, str], ...]
    totals: tuple[Total, ...]

    @property
    def billing_period(self) -> str:
        """The month as YYYY-MM: 2026-06."""
        return f"{self.month_date:%Y-%m}"

    @property
    def evidence_sha256(self) -> str:
        """The hash of the evidence, which is equal for two ledgers that closed the same.

        It is the SHA-256, in hexadecimal, of one JSON object in ASCII, keys sorted, without spaces: `account`; `month` (2026-06);
        `owners`, a list of [day, SHA-256 of the export that is its source], by day; `totals`, a list by currency of objects with
        `currency`, `billed_cost` (null without a bill), `computed_cost` and `wallets` (what each was billed), all money as text
        with 18 decimals.
        """
        sources = [[day.isoformat(), evidence] for day, evidence in sorted(self.day_sources.items())]
        content = {"account": self.account, "month": self.billing_period, "owners": sources, "totals": self._totals()}
        return sha256(json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    def _totals(self) -> list[dict[str, Any]]:
        return [total.to_json() for total in sorted(self.totals, key=lambda total: total.currency)]

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of its act in the journal; `days` are the day sources as ranges: first day, last day, evidence."""
        return {
            "account": self.account,
            "month": self.billing_period,
            "days": [[first.isoformat(), last.isoformat(), evidence] for first, last, evidence in _ranges(self.day_sources)],
            "prices": [[model, meter, plain(price), currency] for model, meter, price, currency in self.prices],
            "totals": self._totals(),
            "evidence_sha256": self.evidence_sha256,
        }

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> MonthSnapshot:
        """Return the snapshot of an act's `arguments` in the journal."""
        return cls(
            arguments["account"],
            month_date(arguments),
            {day: evidence for first, last, evidence in arguments["days"] for day in _days(first, last)},
            tuple((model, meter, Decimal(price), currency) for model, meter, price, currency in arguments["prices"]),
            tuple(_total(total) for total in arguments["totals"]),
        )


def month_date(arguments: Mapping[str, Any]) -> date:
    """Return the first day of the month of an act, by its `arguments`."""
    return date.fromisoformat(f"{arguments['month']}-01")


def _total(stored: Mapping[str, Any]) -> Total:
    billed = stored["billed_cost"]
    wallets = {name: Decimal(cost) for name, cost in stored["wallets"].items()}
    return Total(stored["currency"], None if billed is None else Decimal(billed), Decimal(stored["computed_cost"]), wallets)


def _ranges(day_sources: Mapping[date, str]) -> list[tuple[date, date, str]]:
    ranges: list[tuple[date, date, str]] = []
    for day, evidence in sorted(day_sources.items()):
        if ranges and ranges[-1][1:] == (day - timedelta(days=1), evidence):
            ranges[-1] = (ranges[-1][0], day, evidence)
        else:
            ranges.append((day, day, evidence))
    return ranges


def _days(first: str, last: str) -> Iterator[date]:
    start = date.fromisoformat(first)
    for number in range((date.fromisoformat(last) - start).days + 1):
        yield start + timedelta(days=number)
