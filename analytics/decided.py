"""What a user has decided and questions depend on: who owns which keys, and what may be spent; it reads no file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analytics import budgets, scope
from analytics.budgets import Budget
from analytics.owners import assigning
from analytics.owners.rules import Rule

if TYPE_CHECKING:
    from analytics.scope import Scope
    from analytics.store.database import Database

OWNERS = "key_rule"
BUDGETS = "decided_budget"
"""By these names of definitions a statement asks for owners, or for budgets."""


@dataclass(frozen=True)
class Decided:
    """The rules about owners and the budgets that are in force."""

    rules: tuple[Rule, ...] = ()
    budgets: tuple[Budget, ...] = ()

    def parameters(self, database: Database, asked: Scope, statement: str) -> dict[str, object]:
        """The values of what a statement asks for. Raises SettingsError where rules contradict each other."""
        found: dict[str, object] = {}
        if OWNERS in statement:
            found |= assigning.parameters(assigning.held(database, self.rules))
        if BUDGETS in statement:
            found |= budgets.parameters(self.budgets, scope.newest_day(database, asked))
        return found


NOTHING = Decided()


def is_asked(statement: str) -> bool:
    """Whether the answer to a statement depends on what was decided."""
    return OWNERS in statement or BUDGETS in statement
