"""Every key with its owner and the time of that, keys without an owner first, as a table and as owners.csv."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from analytics.core.allocation import OWNER_LEVELS, UNASSIGNED
from analytics.core.errors import quoted
from analytics.core.frame import Column, Frame
from analytics.reports import owner_assignment
from analytics.reports.owner_assignment import Assignment, assignments_for, credentials
from analytics.settings import owners_csv
from analytics.settings.owner_rules import Rule, rules
from analytics.settings.problems import Problem, SettingsError, alike

if TYPE_CHECKING:
    from analytics.ledger.database.connection import Database
    from analytics.settings.reader import Settings

_KEYS = "SELECT DISTINCT account, api_key, label FROM named_credential ORDER BY account, label, api_key"
_COLUMNS = (
    Column("account", "VARCHAR"),
    Column("api_key", "VARCHAR"),
    Column("api_key_name", "VARCHAR"),
    Column("assignment", "VARCHAR"),
    *(Column(level, "VARCHAR") for level in OWNER_LEVELS),
    Column("share", "DECIMAL(38,18)"),
    Column("start_date", "DATE"),
    Column("end_date", "DATE"),
)


def listed(database: Database, every_rule: Sequence[Rule]) -> Frame:
    """One row per key, time and owner; `end_date` is exclusive, and empty dates are open. Raises SettingsError."""
    rows: list[tuple[Any, ...]] = []
    for key, of_key in _by_key(database, every_rule):
        if not of_key or of_key[0].start:
            end = of_key[0].start if of_key else None
            rows.append((*key, UNASSIGNED, None, None, None, None, None, None, end))
        rows += [(*key, _assignment(item.rule), *part, item.start, item.end) for item in of_key for part in item.rule.parts]
    return Frame("owners", _COLUMNS, sorted(rows, key=lambda row: row[3] != UNASSIGNED))


def _assignment(rule: Rule) -> str:
    if len(rule.parts) == 1:
        return "assigned"
    return "shared by spend" if rule.parts[0].share is None else "shared"


def _by_key(database: Database, every_rule: Sequence[Rule]) -> Iterator[tuple[tuple[str, str, str], list[Assignment]]]:
    found: defaultdict[tuple[str, str], list[Assignment]] = defaultdict(list)
    for item in assignments_for(database, every_rule):
        found[item.account, item.api_key].append(item)
    for account, api_key, label in database.cached_query("keys", _KEYS).rows:
        yield (account, api_key, label), found[account, api_key]


class AssignmentCoverage(NamedTuple):
    """How many keys of how many have an owner today and from then on, and the names in rules that are about no key so far."""

    owned_count: int
    key_count: int
    idle: list[Problem]


def assignment_coverage(database: Database, every_rule: Sequence[Rule]) -> AssignmentCoverage:
    """How far the rules reach. Raises SettingsError where they contradict each other."""
    found, all_credentials = assignments_for(database, every_rule), credentials(database)
    known = {word for _, *words in all_credentials for word in words}
    idle = [rule.source._replace(what=_idle(name, known)) for rule, name in owner_assignment.idle(every_rule, all_credentials)]
    return AssignmentCoverage(sum(item.end is None for item in found), len({row[:2] for row in all_credentials}), idle)


def _idle(name: str, known: set[str]) -> str:
    return "; ".join(filter(None, (f"{quoted(name)} is no key so far", alike(name, known))))


def exported(database: Database, every_rule: Sequence[Rule]) -> bytes:
    """The same as owners.csv, in which a key without an owner is a line to fill in. Raises SettingsError."""
    rows: list[tuple[str, ...]] = []
    for key, of_key in _by_key(database, every_rule):
        rows += [owners_csv.cells(*key, part, item.start) for item in of_key for part in item.rule.parts] or [
            owners_csv.cells(*key, None, None)
        ]
    return owners_csv.written(rows)


def checked(database: Database, name: str, content: bytes, settings: Settings) -> Sequence[Rule]:
    """The rules of a file that is to become owners.csv.

    Raises SettingsError where it names keys that are nowhere in the data, or contradicts itself or the settings.
    """
    found = owners_csv.parsed(name, content)
    known = {(account, api_key) for account, api_key, _ in database.cached_query("keys", _KEYS).rows}
    unknown = [rule.source._replace(what="is no key of this account") for rule in found if (rule.account, *rule.keys) not in known]
    if unknown:
        raise SettingsError(unknown)
    assignments_for(database, rules(settings, found))
    return found
