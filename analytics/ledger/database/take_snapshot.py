"""The month snapshot of an account in a generation, as a close freezes it and `verify` compares it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from analytics.core.period import next_month
from analytics.ledger.month_snapshot import MonthSnapshot, Total

if TYPE_CHECKING:
    from analytics.ledger.database.connection import Database

_IN_MONTH = "account = $account AND charge_date >= $start AND charge_date < $end"
_SOURCES = f"""SELECT charge_date, (SELECT sha256 FROM import WHERE import.import_id = day_source.import_id)
FROM day_source WHERE {_IN_MONTH} ORDER BY charge_date"""
_PRICES = f"""SELECT DISTINCT known.model, known.meter, known.unit_price, known.currency
FROM (SELECT * FROM usage_line WHERE {_IN_MONTH}) AS known
JOIN line ON line.line_id = known.line_id
WHERE line.currency IS NULL AND line.unit_price IS NOT NULL AND known.currency <> 'unknown'
ORDER BY ALL"""
_TOTALS = f"""SELECT
    currency,
    CASE WHEN count(billed_cost) > 0 THEN sum(billed_cost) END::DECIMAL(38, 18),
    sum(computed_cost)::DECIMAL(38, 18)
FROM reconciliation WHERE {_IN_MONTH} GROUP BY currency ORDER BY currency"""
_WALLETS = f"""SELECT currency, wallet_type, sum(billed_cost)::DECIMAL(38, 18)
FROM billing WHERE {_IN_MONTH} GROUP BY currency, wallet_type ORDER BY ALL"""


def take_snapshot(database: Database, account: str, month_date: date) -> MonthSnapshot:
    """Return the day sources, inferred currencies and totals of the month of `account` that begins on `month_date`."""
    parameters = {"account": account, "start": month_date, "end": next_month(month_date)}
    wallets: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for currency, wallet, cost in database.query("wallets", _WALLETS, parameters).rows:
        wallets[currency][wallet] = cost
    return MonthSnapshot(
        account,
        month_date,
        dict(database.query("sources", _SOURCES, parameters).rows),
        tuple(database.query("prices", _PRICES, parameters).rows),
        tuple(
            Total(currency, billed, computed, wallets.get(currency, {}))
            for currency, billed, computed in database.query("totals", _TOTALS, parameters).rows
        ),
    )
