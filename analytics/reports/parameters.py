"""The values that a statement takes from the settings: owner rules, budgets, account names and thresholds of alerts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING

from analytics.core.frame import records
from analytics.reports import owner_assignment, scope
from analytics.reports.catalog import ACCOUNT_NAMES, ALERT_FLOORS, BUDGETS, OWNERS
from analytics.settings import budgets

if TYPE_CHECKING:
    from analytics.ledger.database.connection import Database
    from analytics.reports.scope import Scope
    from analytics.settings.snapshot import SettingsSnapshot


def from_settings(snapshot: SettingsSnapshot, database: Database, requested: Scope, needs: Collection[str]) -> dict[str, object]:
    """The values of what a statement `needs` from the settings, by its spec. Raises SettingsError where rules contradict each other."""
    values: dict[str, object] = {}
    if OWNERS in needs:
        values |= database.once(("owner rules", snapshot.rules), lambda: _assignments(snapshot, database))
    if BUDGETS in needs:
        # Without budgets the newest complete day is not needed.
        values |= budgets.parameters(snapshot.budgets, scope.newest_day(database, requested) if snapshot.budgets else date.min)
    if ACCOUNT_NAMES in needs:
        values["account_names"] = records(("account", "account_name"), dict(snapshot.account_names).items())
    if ALERT_FLOORS in needs:
        values["alert_floors"] = records(("currency", "minimum_cost"), dict(snapshot.floors).items())
    return values


def _assignments(snapshot: SettingsSnapshot, database: Database) -> dict[str, object]:
    assigned = owner_assignment.assignments_for(database, snapshot.rules) if snapshot.rules else []
    return owner_assignment.parameters(assigned)
