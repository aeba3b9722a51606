"""The owner rule of each key and day, as parameters of queries."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from enum import IntEnum
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from analytics.core.allocation import OWNER_LEVELS
from analytics.core.frame import records
from analytics.settings.owner_rules import Rule
from analytics.settings.problems import Problem, SettingsError

if TYPE_CHECKING:
    from analytics.ledger.database.connection import Database

_CREDENTIALS = "SELECT DISTINCT account, api_key, api_key_name FROM named_credential ORDER BY ALL"

_KEY_RULE = ("account", "start_date", "end_date", "number", "api_keys")
_RULE_PART = ("number", *OWNER_LEVELS, "share")


class Reach(IntEnum):
    """How closely a rule names a key: the closest weighs most."""

    PATTERN = 0
    NAME = 1
    MASK = 2


Weight = tuple[Reach, bool]
"""Of two rules that are equally close, the one that names an account weighs more."""


class Assignment(NamedTuple):
    """A key that a rule holds for, from `start` up to and without `end`; None is open."""

    account: str
    api_key: str
    start: date | None
    end: date | None
    rule: Rule


def assignments(every_rule: Sequence[Rule], credentials: Iterable[tuple[str, str, str]]) -> list[Assignment]:
    """Which rule holds for which key, and when, over all names (account, mask, name) that keys have had.

    Raises SettingsError where two rules hold for a key with equal right from the same day on.
    """
    by_key = _by_key(credentials)
    index = _Index(every_rule, {api_key for _, api_key in by_key})
    problems: list[Problem] = []
    found = [held_ for key, names in by_key.items() for held_ in _held(key, index.matching(key, names), problems)]
    if problems:
        raise SettingsError(sorted(set(problems)))
    return found


def idle(every_rule: Sequence[Rule], credentials: Iterable[tuple[str, str, str]]) -> Iterator[tuple[Rule, str]]:
    """The names in rules that are about no key so far."""
    by_key = _by_key(credentials)
    index = _Index(every_rule, {api_key for _, api_key in by_key})
    about = {(account, name) for (account, api_key), names in by_key.items() for _, name in index.reaching(api_key, names)}
    anywhere = {name for _, name in about}
    for rule in every_rule:
        yield from ((rule, name) for name in rule.keys if not ((rule.account, name) in about if rule.account else name in anywhere))


def _by_key(credentials: Iterable[tuple[str, str, str]]) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for account, api_key, name in credentials:
        found[account, api_key].add(name)
    return found


class _Index:
    """Rules by what they name; what is the mask of a key means that key, and not another that was given it for a name."""

    def __init__(self, every_rule: Iterable[Rule], masks: set[str]) -> None:
        self._masks = masks
        self._by_name: dict[str, list[Rule]] = defaultdict(list)
        for rule in every_rule:
            for name in rule.keys:
                self._by_name[name].append(rule)
        patterns = [name for name in self._by_name if "*" in name and name not in masks]
        self._patterns = {name: re.compile(_pattern(name)) for name in patterns}
        self._any_pattern = re.compile("|".join(map(_pattern, patterns)) or r"(?!)")

    def reaching(self, api_key: str, names: set[str]) -> list[tuple[Reach, str]]:
        """What rules call a key that has had these names, and how closely that names it."""
        by_name = names - self._masks
        found = [(Reach.MASK, api_key), *((Reach.NAME, name) for name in by_name)]
        if any(map(self._any_pattern.fullmatch, by_name)):
            found += [(Reach.PATTERN, name) for name, pattern in self._patterns.items() if any(map(pattern.fullmatch, by_name))]
        return found

    def matching(self, key: tuple[str, str], names: set[str]) -> list[tuple[Weight, Rule]]:
        """The rules about a key, each with its weight."""
        account, api_key = key
        rules = ((reach, rule) for reach, name in self.reaching(api_key, names) for rule in self._by_name.get(name, ()))
        return [((reach, rule.account is not None), rule) for reach, rule in rules if rule.account in (None, account)]


def _pattern(name: str) -> str:
    """A name in which * stands for anything, as a regular expression."""
    return ".*".join(map(re.escape, name.split("*")))


def _held(key: tuple[str, str], found: list[tuple[Weight, Rule]], problems: list[Problem]) -> Iterator[Assignment]:
    """The rules of one key in time: on each day the weightiest of those that have begun, of these the latest."""
    starts = sorted({rule.start or date.min for _, rule in found})
    for start, end in zip_longest(starts, starts[1:]):
        begun = [(weight, rule.start or date.min, rule) for weight, rule in found if (rule.start or date.min) <= start]
        best = max(begun, key=lambda item: item[:2])
        for weight, since, rule in begun:
            if (weight, since) == best[:2] and rule.parts != best[2].parts:
                problems.append(_contradiction(rule, best[2]))
        yield Assignment(*key, None if start == date.min else start, end, best[2])


def _contradiction(one: Rule, other: Rule) -> Problem:
    first, second = sorted((one.source, other.source), key=lambda source: (source.file, source.line))
    message = f"and {second.file}, line {second.line} give a key to different owners from the same day on; name its mask, account or a day"
    return first._replace(what=message)


def credentials(database: Database) -> Sequence[tuple[str, str, str]]:
    """Account, mask and name of every name that a key has had."""
    return database.cached_query("credentials", _CREDENTIALS).rows


def assignments_for(database: Database, every_rule: Sequence[Rule]) -> list[Assignment]:
    """The assignments of the keys of a database. Raises SettingsError as `assignments` does."""
    return assignments(every_rule, credentials(database))


def parameters(found: Sequence[Assignment]) -> dict[str, object]:
    """Assignments as parameters of queries."""
    numbers = {rule: number for number, rule in enumerate(dict.fromkeys(item.rule for item in found))}
    parts = [(number, *part) for rule, number in numbers.items() for part in rule.parts]
    keys_of: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for item in found:
        keys_of[item.account, item.start, item.end, numbers[item.rule]].append(item.api_key)
    return {
        "rule_bounds": sorted({day for item in found for day in (item.start, item.end) if day}),
        "key_rules": records(_KEY_RULE, ((*about, keys) for about, keys in keys_of.items())),
        "rule_parts": records(_RULE_PART, parts),
    }
