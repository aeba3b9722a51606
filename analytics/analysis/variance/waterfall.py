"""The waterfall between the bills of two months: the bill before, and the effect of each driver, which add up to the bill now."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from analytics.core.frame import Column, Frame

BEFORE = "bill before"
_COLUMNS = (
    Column("account", "VARCHAR"),
    Column("currency", "VARCHAR"),
    Column("driver", "VARCHAR"),
    Column("effect_cost", "DECIMAL(38,18)"),
    Column("effect_ratio", "DOUBLE"),
    Column("previous_measure", "DOUBLE"),
    Column("measure", "DOUBLE"),
    Column("basis", "VARCHAR"),
)


def bridged(variance: Frame) -> Frame:
    """One row for the bill before and one per driver, in order, for each account and currency of the report `variance`."""
    accounts = [row for row in variance.records() if row["section"] == "account"]
    return Frame(variance.name, _COLUMNS, [line for _, rows in groupby(accounts, key=_account_and_currency) for line in _lines(list(rows))])


def _account_and_currency(row: dict[str, Any]) -> tuple[str, str]:
    return row["account"], row["currency"]


def _lines(rows: list[dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
    first = rows[0]
    yield first["account"], first["currency"], BEFORE, first["previous_cost"], None, None, None, first["basis"]
    for row in rows:
        driver = row["driver"].replace("_", " ")
        values = (row[name] for name in ("effect_cost", "effect_ratio", "previous_measure", "measure", "basis"))
        yield row["account"], row["currency"], driver, *values
