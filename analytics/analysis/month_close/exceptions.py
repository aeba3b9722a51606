"""The exceptions of a month to review: days that are absent, partial, overlapping, after a gap, restated or unreconciled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from analytics.analysis.month_close.completeness import Completeness
from analytics.core.frame import Column, Frame
from analytics.core.money import plain

_COLUMNS = (
    Column("kind", "VARCHAR"),
    Column("account", "VARCHAR"),
    Column("charge_date", "DATE"),
    Column("model", "VARCHAR"),
    Column("currency", "VARCHAR"),
    Column("variance", "DECIMAL(38,18)"),
    Column("reason", "VARCHAR"),
)
_DAYS = {
    "absent_dates": ("absent", "no export tells of this day"),
    "partial_dates": ("partial", "the day was in progress when exported"),
    "overlapping_dates": ("overlap", "hours counted twice, where days of different offsets meet"),
    "gap_dates": ("gap", "hours before this day that no day covers"),
}


def exceptions(completeness: list[Completeness], differences: Frame, restated: Frame) -> Frame:
    """One row per exception, sorted by account, day and kind; no row where the month is complete, exact and reconciled."""
    rows = [*_incomplete(completeness), *_unreconciled(differences), *_restated(restated)]
    return Frame("exceptions", _COLUMNS, sorted(rows, key=_order))


def _incomplete(completeness: list[Completeness]) -> Iterator[tuple[Any, ...]]:
    for one in completeness:
        for field, (kind, reason) in _DAYS.items():
            for day in getattr(one, field):
                yield kind, one.account, day, None, None, None, reason


def _unreconciled(differences: Frame) -> Iterator[tuple[Any, ...]]:
    for row in differences.records():
        yield "unreconciled", row["account"], row["charge_date"], row["model"], row["currency"], row["variance"], row["reason"]


def _restated(restated: Frame) -> Iterator[tuple[Any, ...]]:
    for row in restated.records():
        text = f"import {row['import_id']} tells {plain(row['computed_cost'])}, import {row['other_import_id']} "
        text += f"{plain(row['other_computed_cost'])}: the first counts"
        yield "restated", row["account"], row["charge_date"], None, row["currency"], None, text


def _order(row: tuple[Any, ...]) -> tuple[str, date, str, str, str]:
    kind, account, day, model, currency, *_ = row
    return account, day, kind, model or "", currency or ""
