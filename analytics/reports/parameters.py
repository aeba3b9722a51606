"""The values that a statement takes from the settings: owner rules, budgets, account names and thresholds of alerts."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from analytics.reports import owner_assignment, scope
from analytics.settings import budgets

if TYPE_CHECKING:
    from analytics.ledger.database.connection import Database
    from analytics.reports.scope import Scope
    from analytics.settings.snapshot import SettingsSnapshot

OWNERS = "key_rule"
BUDGETS = "decided_budget"
ACCOUNTS = "named_account"
FLOORS = "decided_floor"
"""The definitions that read owners, budgets, account names and the least cost of an alert."""


def depends_on_settings(statement: str) -> bool:
    """Whether the rows of a statement depend on the settings."""
    return any(name in statement for name in (OWNERS, BUDGETS, ACCOUNTS, FLOORS))


def from_settings(snapshot: SettingsSnapshot, database: Database, requested: Scope, statement: str) -> dict[str, object]:
    """The values that a statement needs of the settings. Raises SettingsError where rules contradict each other."""
    values: dict[str, object] = {}
    if OWNERS in statement:
        values |= database.once(("owner rules", snapshot.rules), lambda: _assignments(snapshot, database))
    if BUDGETS in statement:
        # Without budgets the newest complete day is not needed.
        values |= budgets.parameters(snapshot.budgets, scope.newest_day(database, requested) if snapshot.budgets else date.min)
    if ACCOUNTS in statement:
        names = dict(snapshot.account_names)
        values |= {"named_accounts": list(names), "account_names": list(names.values())}
    if FLOORS in statement:
        least = dict(snapshot.floors)
        values |= {"floor_currencies": list(least), "floor_costs": list(least.values())}
    return values


def _assignments(snapshot: SettingsSnapshot, database: Database) -> dict[str, object]:
    assigned = owner_assignment.assignments_for(database, snapshot.rules) if snapshot.rules else []
    return owner_assignment.parameters(assigned)
