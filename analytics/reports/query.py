"""Running reports: one SQL statement each, its parameters, and the last step that SQL cannot do."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from analytics.core.frame import Frame
from analytics.core.period import Period
from analytics.reports.catalog import DEFAULT_BREAKDOWN, Breakdown, report_spec
from analytics.reports.parameters import from_settings
from analytics.reports.scope import EVERYTHING, Scope, check, previous
from analytics.reports.statements import sql, with_definitions
from analytics.reports.statistics import statistical_inputs
from analytics.settings.snapshot import NO_SETTINGS, SettingsSnapshot

if TYPE_CHECKING:
    from analytics.ledger.database.connection import Database

_BY_OWNER = "spend-by-owner"


def run(
    database: Database,
    name: str,
    scope: Scope = EVERYTHING,
    choice: Breakdown = DEFAULT_BREAKDOWN,
    settings: SettingsSnapshot = NO_SETTINGS,
) -> Frame:
    """The frame of a report.

    Raises UsageError for an unknown report, for an account, currency, key or model without rows, and for a choice that the report
    does not have; and SettingsError where it is by owner, and the rules about owners contradict each other.
    """
    spec = report_spec(name)
    parameters = choice.parameters(name)
    check(database, scope)
    before = previous(database, scope) if spec.compares else None
    parameters |= from_settings(settings, database, scope, spec.settings_for(choice.by))
    parameters |= _parameters(scope, before)
    if spec.statistics:
        parameters |= statistical_inputs(database, spec.statistics, scope.period, parameters)
    frame = database.query(name, sql(name, parameters["by"]), parameters)
    if not spec.finish:
        return frame
    owner_scopes = spec.owner_scopes(frame, scope, before, settings) if spec.owner_scopes else ()
    return spec.finish(frame, *(run(database, _BY_OWNER, part, Breakdown(by=choice.by), settings) for part in owner_scopes))


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


def bind(
    database: Database, body: str, scope: Scope, settings: SettingsSnapshot = NO_SETTINGS, needs: Collection[str] = ()
) -> BoundStatement:
    """A statement of another room over the definitions of the scope, ready to be put. Raises UsageError and SettingsError as `run`."""
    check(database, scope)
    statement = with_definitions(body.strip().rstrip(";"))
    return BoundStatement(statement, _parameters(scope, None) | from_settings(settings, database, scope, needs))


def day_count(database: Database, scope: Scope) -> int:
    """How many days of a period there is evidence of, be it that nothing was used."""
    statement = """SELECT count(DISTINCT charge_date) FROM evident_day
        WHERE (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
            AND (CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE))
            AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))"""
    ((count,),) = database.cached_query("day_count", with_definitions(statement), _parameters(scope, None)).rows
    return int(count)


def incomparable_accounts(database: Database, scope: Scope, before: Period) -> list[str]:
    """The accounts of the scope whose evidence does not reach back to the period before, which leaves them without a change."""
    relation = "scoped_day WHERE account NOT IN (SELECT account FROM comparable_account)"
    return _distinct(database, "account", relation, _parameters(scope, before))


def _distinct(database: Database, column: str, relation: str, parameters: dict[str, object]) -> list[Any]:
    statement = with_definitions(f"SELECT DISTINCT {column} FROM {relation} ORDER BY {column}")
    return [value for (value,) in database.cached_query(column, statement, parameters).rows]


def _parameters(scope: Scope, before: Period | None) -> dict[str, object]:
    return scope.parameters() | {"previous_start": before and before.start, "previous_end": before and before.end}
