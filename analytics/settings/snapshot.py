"""What a user has decided and questions depend on: owners of keys, what may be spent or overlooked, names of accounts; it shows nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from analytics.reports import owner_assignment, scope
from analytics.settings import budgets, owner_sources
from analytics.settings.budgets import Budget
from analytics.settings.owner_rules import Rule
from analytics.settings.problems import Problem, SettingsError
from analytics.settings.reader import Settings
from analytics.settings.sections import FOCUS, HOT_KEYS

if TYPE_CHECKING:
    from decimal import Decimal

    from analytics.ledger.database.connection import Database
    from analytics.reports.scope import Scope

T = TypeVar("T")
OWNERS = "key_rule"
BUDGETS = "decided_budget"
ACCOUNTS = "named_account"
FLOORS = "decided_floor"
"""By these names of definitions a statement asks for owners, for budgets, for names of accounts, or for what is too little to tell."""


@dataclass(frozen=True)
class Decided:
    """The rules about owners and the budgets that are in force, and pairs of an account and its name.

    `floors` are pairs of a currency and the least that an alert must be about, `notify` is from which confidence on notices tell it.
    """

    rules: tuple[Rule, ...] = ()
    budgets: tuple[Budget, ...] = ()
    account_names: tuple[tuple[str, str], ...] = ()
    floors: tuple[tuple[str, Decimal], ...] = ()
    notify: str = HOT_KEYS.default("notify")
    _assigned: dict[Database, dict[str, object]] = field(default_factory=dict, compare=False, repr=False)
    """The rules held against the keys of a database: once, however many questions ask."""

    def parameters(self, database: Database, asked: Scope, statement: str) -> dict[str, object]:
        """The values of what a statement asks for. Raises SettingsError where rules contradict each other."""
        found: dict[str, object] = {}
        if OWNERS in statement:
            found |= self._owners(database)
        if BUDGETS in statement:
            # Without budgets no day matters, be there a complete one or not.
            found |= budgets.parameters(self.budgets, scope.newest_day(database, asked) if self.budgets else date.min)
        if ACCOUNTS in statement:
            named = dict(self.account_names)
            found |= {"named_accounts": list(named), "account_names": list(named.values())}
        if FLOORS in statement:
            least = dict(self.floors)
            found |= {"floor_currencies": list(least), "floor_costs": list(least.values())}
        return found

    def _owners(self, database: Database) -> dict[str, object]:
        if not self.rules:
            return owner_assignment.parameters([])
        if database not in self._assigned:
            self._assigned[database] = owner_assignment.parameters(owner_assignment.held(database, self.rules))
        return self._assigned[database]


NOTHING = Decided()


def decided(settings: Settings) -> Decided:
    """All that the settings, and the spreadsheet beside them, decide. Raises SettingsError with what is wrong anywhere in it."""
    problems: list[Problem] = []
    rules = _read(owner_sources.gathered, settings, problems)
    limits = _read(budgets.budgets, settings, problems)
    if problems:
        raise SettingsError(problems)
    named: dict[str, str] = settings.one(FOCUS)["account_names"] or {}
    hot = settings.one(HOT_KEYS)
    return Decided(tuple(rules), tuple(limits), tuple(named.items()), tuple((hot["floor"] or {}).items()), hot["notify"])


def _read(reader: Callable[[Settings], list[T]], settings: Settings, problems: list[Problem]) -> list[T]:
    try:
        return reader(settings)
    except SettingsError as error:
        problems += error.problems
        return []


def is_asked(statement: str) -> bool:
    """Whether the answer to a statement depends on what was decided."""
    return any(name in statement for name in (OWNERS, BUDGETS, ACCOUNTS, FLOORS))
