"""Running reports: one SQL statement each, its parameters, and the last step that SQL cannot do."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from analytics.analysis import windows
from analytics.core.frame import Frame
from analytics.core.period import Period
from analytics.reports.catalog import DEFAULT_BREAKDOWN, Breakdown, report_spec
from analytics.reports.parameters import from_settings
from analytics.reports.scope import EVERYTHING, Scope, check, previous
from analytics.reports.statements import Statement, with_definitions
from analytics.reports.statistics import statistical_inputs
from analytics.settings.snapshot import NO_SETTINGS, SettingsSnapshot

if TYPE_CHECKING:
    from analytics.ledger.database.connection import Database

_BY_OWNER = "spend-by-owner"
_DAY_COUNT = Statement(
    """SELECT count(DISTINCT charge_date) FROM evident_day
    WHERE (CAST($account AS VARCHAR) IS NULL OR account = CAST($account AS VARCHAR))
        AND (CAST($start AS DATE) IS NULL OR charge_date >= CAST($start AS DATE))
        AND (CAST($end AS DATE) IS NULL OR charge_date < CAST($end AS DATE))""",
    ("evident_day",),
)
_ABSENT_DAYS = Statement(
    "SELECT account, charge_date FROM absent_day ORDER BY account, charge_date",
    ("absent_day",),
)
_INCOMPARABLE_ACCOUNTS = Statement(
    "SELECT DISTINCT account FROM scoped_day WHERE account NOT IN (SELECT account FROM comparable_account) ORDER BY account",
    ("scoped_day", "comparable_account"),
)


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
    frame = database.query(name, spec.sql(str(parameters["by"])), parameters)
    if not spec.finish:
        return frame
    owner_scopes = spec.owner_scopes(frame, scope, before, settings) if spec.owner_scopes else ()
    return spec.finish(frame, *(run(database, _BY_OWNER, part, Breakdown(by=choice.by), settings) for part in owner_scopes))


def dates(database: Database, relation: str, condition: str, scope: Scope) -> list[date]:
    """The days of a relation of the scope on which a condition of ours holds, ascending."""
    statement = Statement(f"SELECT DISTINCT charge_date FROM {relation} WHERE {condition} ORDER BY charge_date", (relation,))
    return _values(database, statement, _parameters(scope, None))


def rows(database: Database, statement: Statement, scope: Scope, values: Mapping[str, Any] | None = None) -> Sequence[tuple[Any, ...]]:
    """The rows of a statement over the definitions of the scope; `values` are its parameters beyond those of a scope."""
    return database.query("rows", with_definitions(statement), _parameters(scope, None) | dict(values or {})).rows


def accounts(database: Database, scope: Scope) -> list[str]:
    """The accounts of the scope that used something in its period."""
    statement = Statement("SELECT DISTINCT account FROM scoped_day ORDER BY account", ("scoped_day",))
    return _values(database, statement, _parameters(scope, None))


class BoundStatement(NamedTuple):
    """SQL that is ready to run: the text, and the values of its parameters."""

    statement: str
    parameters: dict[str, object]


def bind(
    database: Database, statement: Statement, scope: Scope, settings: SettingsSnapshot = NO_SETTINGS, settings_needed: Collection[str] = ()
) -> BoundStatement:
    """A statement over the definitions of the scope with the values of its parameters. Raises UsageError and SettingsError as `run`."""
    check(database, scope)
    parameters = _parameters(scope, None) | from_settings(settings, database, scope, settings_needed)
    return BoundStatement(with_definitions(statement), parameters)


def absent_dates(database: Database, scope: Scope) -> dict[str, list[date]]:
    """The days of the period that no export covers, ascending, by account; accounts without such days are left out."""
    found: dict[str, list[date]] = {}
    for account, day in database.cached_query("absent", with_definitions(_ABSENT_DAYS), _parameters(scope, None)).rows:
        found.setdefault(account, []).append(day)
    return found


def day_count(database: Database, scope: Scope) -> int:
    """How many days of a period there is evidence of, be it that nothing was used."""
    (count,) = _values(database, _DAY_COUNT, _parameters(scope, None))
    return int(count)


def incomparable_accounts(database: Database, scope: Scope, before: Period) -> list[str]:
    """The accounts of the scope whose evidence does not reach back to the period before, which leaves them without a change."""
    return _values(database, _INCOMPARABLE_ACCOUNTS, _parameters(scope, before))


def _values(database: Database, statement: Statement, parameters: dict[str, object]) -> list[Any]:
    """The values of the one column of a statement."""
    return [value for (value,) in database.cached_query("values", with_definitions(statement), parameters).rows]


def _parameters(scope: Scope, before: Period | None) -> dict[str, object]:
    return scope.parameters() | windows.PARAMETERS | {"previous_start": before and before.start, "previous_end": before and before.end}
