"""The usage of budgets: amount used, pace, projection, status and the day of crossing, one row per budget."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from analytics.analysis.allocation.split import split_count
from analytics.analysis.budgets.outlook import outlook
from analytics.analysis.budgets.status import AT_RISK, CROSSED, UNKNOWN, WARNED, WITHIN
from analytics.core.frame import Column, Frame
from analytics.core.money import EXACT, SCALE, to_units

_COLUMNS = (
    Column("budget", "VARCHAR"),
    Column("section", "VARCHAR"),
    Column("subject", "VARCHAR"),
    Column("account", "VARCHAR"),
    Column("currency", "VARCHAR"),
    Column("start_date", "DATE"),
    Column("end_date", "DATE"),
    Column("status", "VARCHAR"),
    Column("budget_cost", "DECIMAL(38,18)"),
    Column("used_cost", "DECIMAL(38,18)"),
    Column("used_ratio", "DOUBLE"),
    Column("remaining_cost", "DECIMAL(38,18)"),
    Column("pace_ratio", "DOUBLE"),
    Column("projected_cost", "DECIMAL(38,18)"),
    Column("projected_ratio", "DOUBLE"),
    Column("run_rate_cost", "DECIMAL(38,18)"),
    Column("confidence", "VARCHAR"),
    Column("crossed_threshold", "DECIMAL(18,6)"),
    Column("crossing_date", "DATE"),
    Column("complete_days", "BIGINT"),
    Column("period_days", "BIGINT"),
    Column("last_date", "DATE"),
)

Row = dict[str, Any]


def finish(frame: Frame) -> Frame:
    """One row per budget, from one per budget, day and part of a rule, in order; only complete days count. Costs are in its currency.

    `pace_ratio` is the share of the budget used ÷ the share of days elapsed: above 1, the budget does not last. `projected_cost` is
    the forecast of the period, or the run rate where `confidence` is `none`. `crossing_date` is the day on which the budget was
    crossed, or is expected to be; empty where it lasts to the end of its period (`end_date`, exclusive). Of a period without a complete
    day nothing is known: its status is `unknown`, and its figures are NULL.
    """
    groups = groupby(frame.records(), key=lambda row: row["budget_number"])
    return Frame(frame.name, _COLUMNS, [_line(list(rows)) for _, rows in groups])


def _line(rows: list[Row]) -> tuple[Any, ...]:
    budget = rows[0]
    amount, start, end = budget["budget_cost"], budget["start_date"], budget["end_date"]
    days, of = budget["complete_days"] or 0, (end - start).days
    about = (budget["budget"], budget["kind"], budget["subject"], budget["budget_account"], budget["currency"], start, end)
    if not days:
        return (*about, UNKNOWN, amount, *[None] * 7, "none", None, None, days, of, None)
    used, by_day = _used(budget, [row for row in rows if row["cost"] is not None])
    foreseen = outlook(budget, used, {row["charge_date"]: row["expected_cost"] for row in rows if row["expected_cost"] is not None})
    projected = foreseen.projected_cost
    threshold = max((one for one in budget["thresholds"] if used >= EXACT.multiply(amount, one)), default=None)
    return (
        *about,
        _status(used, projected, amount, threshold),
        amount,
        used,
        float(used / amount),
        EXACT.subtract(amount, used),
        float(used / amount) / (days / of),
        projected,
        float(projected / amount) if projected is not None else None,
        foreseen.run_rate_cost,
        foreseen.confidence,
        threshold,
        _crossed(by_day, to_units(amount)) or foreseen.crossing_date,
        days,
        of,
        budget["last_date"],
    )


def _status(used: Decimal, projected: Decimal | None, amount: Decimal, threshold: Decimal | None) -> str:
    if used > amount:
        return CROSSED
    if projected is not None and projected > amount:
        return AT_RISK
    return WARNED if threshold else WITHIN


def _used(budget: Row, rows: list[Row]) -> tuple[Decimal, dict[date, int]]:
    """The amount used, split exactly as in `spend-by-owner`, and the amount of each day in units of 10⁻¹⁸ (shared keys split by day)."""
    by_day: defaultdict[date, int] = defaultdict(int)
    total = 0
    spent = _own_spend(rows)
    counted = [row for row in rows if budget["budget_account"] is None or row["account"] in (None, budget["budget_account"])]
    for _, group in groupby(counted, key=lambda row: (row["account"], row["api_key"], row["rule_number"])):
        of_key = list(group)
        total += sum(_shares(budget, _summed(of_key), spent))
        for day, of_day in groupby(sorted(of_key, key=lambda row: row["charge_date"]), key=lambda row: row["charge_date"]):
            by_day[day] += sum(_shares(budget, list(of_day), spent))
    return EXACT.scaleb(Decimal(total), -SCALE), by_day


def _own_spend(rows: list[Row]) -> dict[str, int]:
    """The cost of the keys that each owner has alone, in units of the last decimal (10⁻¹⁸)."""
    owners: defaultdict[int, set[str]] = defaultdict(set)
    for row in rows:
        owners[row["rule_number"]].add(row["owner"])
    spent: defaultdict[str, int] = defaultdict(int)
    for row in rows:
        if len(owners[row["rule_number"]]) == 1:
            spent[row["owner"]] += to_units(row["cost"])
    return spent


def _summed(rows: list[Row]) -> list[Row]:
    """The parts of a rule, each with the sum of its cost over all days."""
    parts: dict[str | None, Row] = {}
    for row in rows:
        summed = parts.get(row["owner"])
        parts[row["owner"]] = row if summed is None else row | {"cost": EXACT.add(summed["cost"], row["cost"])}
    return list(parts.values())


def _shares(budget: Row, parts: list[Row], spent: dict[str, int]) -> Iterator[int]:
    """The cost of one key that counts towards a budget, in units of 10⁻¹⁸: all of it where the key is not shared."""
    weights = [1] if len(parts) == 1 else [spent.get(row["owner"], 0) if row["share"] is None else to_units(row["share"]) for row in parts]
    for row, part in zip(parts, split_count(to_units(parts[0]["cost"]), weights), strict=True):
        if row["rule_number"] is None or row["level_owner"] == budget["subject"]:
            yield part


def _crossed(by_day: dict[date, int], amount: int) -> date | None:
    """The first day on which the cumulated cost exceeds `amount` (both in units of 10⁻¹⁸); else None."""
    total = 0
    for day in sorted(by_day):
        total += by_day[day]
        if total > amount:
            return day
    return None
