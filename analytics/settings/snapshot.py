"""The settings snapshot of reports: owner rules, budgets, account names and thresholds of alerts as one value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from analytics.settings import budgets, owner_sources
from analytics.settings.budgets import Budget
from analytics.settings.owner_rules import Rule
from analytics.settings.problems import Problem, SettingsError
from analytics.settings.reader import Settings
from analytics.settings.sections import FOCUS, HOT_KEYS

if TYPE_CHECKING:
    from decimal import Decimal

T = TypeVar("T")


@dataclass(frozen=True)
class SettingsSnapshot:
    """The owner rules and budgets in force, pairs of an account and its name, and what alerts are too small to report.

    `floors` are pairs of a currency and the least cost of an alert; `notify` is the lowest confidence that sends a notification.
    """

    rules: tuple[Rule, ...] = ()
    budgets: tuple[Budget, ...] = ()
    account_names: tuple[tuple[str, str], ...] = ()
    floors: tuple[tuple[str, Decimal], ...] = ()
    notify: str = HOT_KEYS.default("notify")


NO_SETTINGS = SettingsSnapshot()
"""The settings snapshot without a keyspend.toml."""


def snapshot(settings: Settings) -> SettingsSnapshot:
    """The snapshot of the settings and of their owners spreadsheet. Raises SettingsError with all problems of both."""
    problems: list[Problem] = []
    rules = _read(owner_sources.owner_rules, settings, problems)
    limits = _read(budgets.budgets, settings, problems)
    if problems:
        raise SettingsError(problems)
    names: dict[str, str] = settings.one(FOCUS)["account_names"] or {}
    hot = settings.one(HOT_KEYS)
    return SettingsSnapshot(tuple(rules), tuple(limits), tuple(names.items()), tuple((hot["floor"] or {}).items()), hot["notify"])


def _read(reader: Callable[[Settings], list[T]], settings: Settings, problems: list[Problem]) -> list[T]:
    try:
        return reader(settings)
    except SettingsError as error:
        problems += error.problems
        return []
