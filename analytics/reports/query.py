"""Named questions to the database: one SQL file each, asked about one scope; it formats nothing.

A question whose last step is not for SQL has a function of frames in `analysis/` that finishes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from analytics.analysis.allocation.spend_by_owner import LEVELS
from analytics.core.frame import Frame
from analytics.core.period import Period, month
from analytics.reports.catalog import DEFAULT_BREAKDOWN, Breakdown, allowed, compares, sql, with_definitions
from analytics.reports.parameters import depends_on_settings, from_settings
from analytics.reports.scope import EVERYTHING, Scope, check, previous
from analytics.reports.statistics import statistical_inputs
from analytics.settings.snapshot import NO_SETTINGS, SettingsSnapshot

if TYPE_CHECKING:
    from analytics.ledger.database.connection import Database

_FINISHED = {
    "budgets": "analytics.analysis.budgets.usage",
    "forecast": "analytics.analysis.forecasting.month_end",
    "hot-keys": "analytics.analysis.anomalies.hot_keys",
    "savings": "analytics.analysis.savings",
    "spend-by-owner": "analytics.analysis.allocation.spend_by_owner",
    "statement": "analytics.analysis.allocation.statement",
    "variance": "analytics.analysis.variance.report",
}
_OWNED = "spend-by-owner"
"""What a statement and a forecast are finished with, where they tell of owners."""


def depends_on_settings_of(name: str, by: str | None = None) -> bool:
    """Whether a question, broken down so, depends on the settings. Raises UsageError for an unknown one."""
    is_told = depends_on_settings(sql(name)) or name in _OWNED_PARTS
    ways = allowed(name, "by")
    return (by or ways[0]) in LEVELS if is_told and set(LEVELS) <= set(ways) else is_told


def run(
    database: Database,
    name: str,
    scope: Scope = EVERYTHING,
    choice: Breakdown = DEFAULT_BREAKDOWN,
    settings: SettingsSnapshot = NO_SETTINGS,
) -> Frame:
    """The answer to a question as a frame.

    Raises UsageError for an unknown question, for an account, currency, key or model without rows, and for a choice that the
    question does not leave open; and SettingsError where it is about owners, and the rules about them contradict each other.
    """
    parameters = choice.parameters(name)
    statement = sql(name, parameters["by"])
    check(database, scope)
    before = previous(database, scope) if compares(name) else None
    parameters |= from_settings(settings, database, scope, statement)
    parameters |= _parameters(scope, before)
    parameters |= statistical_inputs(database, name, scope.period, parameters)
    frame = database.query(name, statement, parameters)
    if name not in _FINISHED:
        return frame
    finish: Callable[..., Frame] = import_module(_FINISHED[name]).finish
    parts = _OWNED_PARTS[name](frame, scope, before, settings) if name in _OWNED_PARTS else ()
    return finish(frame, *(run(database, _OWNED, part, Breakdown(by=choice.by), settings) for part in parts))


def _both_periods(_frame: Frame, scope: Scope, before: Period | None, settings: SettingsSnapshot) -> Iterator[Scope]:
    """Of a statement, where there are owners: its period, and the one before."""
    for period in filter(None, (scope.period, before) if settings.rules else ()):
        yield replace(scope, period=period, against=None)


def _months_to_date(frame: Frame, scope: Scope, _before: Period | None, _decided: SettingsSnapshot) -> Iterator[Scope]:
    """Of a forecast per owner: the complete days of the month of each currency."""
    for currency, name in sorted({(row["currency"], row["billing_period"]) for row in frame.records() if row["assignment"]}):
        whole = month(name)
        end = min(filter(None, (whole.end, scope.period.end)))
        yield replace(scope, period=Period(whole.start, end), currency=currency, only_complete=True)


_OWNED_PARTS = {"statement": _both_periods, "forecast": _months_to_date}


def dates(database: Database, relation: str, condition: str, scope: Scope) -> list[date]:
    """The days of a relation of the scope on which a condition of ours holds, ascending."""
    return _distinct(database, "charge_date", f"{relation} WHERE {condition}", _parameters(scope, None))


def rows(database: Database, body: str, scope: Scope, values: Mapping[str, Any] | None = None) -> Sequence[tuple[Any, ...]]:
    """The rows of a statement of ours over the definitions of the scope, with further values of its own."""
    return database.query("rows", with_definitions(body), _parameters(scope, None) | dict(values or {})).rows


def accounts(database: Database, scope: Scope) -> list[str]:
    """The accounts of the scope that used something in its period."""
    return _distinct(database, "account", "scoped_day", _parameters(scope, None))


class BoundStatement(NamedTuple):
    """A question ready to be put: its statement, and the values of what it leaves open."""

    statement: str
    parameters: dict[str, object]


def bind(database: Database, body: str, scope: Scope, settings: SettingsSnapshot = NO_SETTINGS) -> BoundStatement:
    """A statement of another room over the definitions of the scope, ready to be put. Raises UsageError and SettingsError as `answer`."""
    check(database, scope)
    statement = with_definitions(body.strip().rstrip(";"))
    return BoundStatement(statement, _parameters(scope, None) | from_settings(settings, database, scope, statement))


def day_count(database: Database, scope: Scope) -> int:
    """How many days of a period there is evidence of, be it that nothing was used."""
    statement = """SELECT count(DISTINCT charge_date) FROM evident_day
        WHERE (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
            AND (CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE))
            AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))"""
    ((count,),) = database.query_once("day_count", with_definitions(statement), _parameters(scope, None)).rows
    return int(count)


def incomparable_accounts(database: Database, scope: Scope, before: Period) -> list[str]:
    """The accounts of the scope whose evidence does not reach back to the period before, which leaves them without a change."""
    relation = "scoped_day WHERE account NOT IN (SELECT account FROM comparable_account)"
    return _distinct(database, "account", relation, _parameters(scope, before))


def _distinct(database: Database, column: str, relation: str, parameters: dict[str, object]) -> list[Any]:
    statement = with_definitions(f"SELECT DISTINCT {column} FROM {relation} ORDER BY {column}")
    return [value for (value,) in database.query_once(column, statement, parameters).rows]


def _parameters(scope: Scope, before: Period | None) -> dict[str, object]:
    return scope.parameters() | {"previous_start": before and before.start, "previous_end": before and before.end}
