"""Whose key is whose on which day: the rules of keyspend.toml and owners.csv held against the keys that there are; it sums nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

from analytics.errors import quoted
from analytics.settings.declared import Entry
from analytics.settings.problems import Problem, SettingsError
from analytics.settings.reading import Settings
from analytics.settings.sections import OWNER, SHARED

if TYPE_CHECKING:
    from analytics.store.database import Database

_CREDENTIALS = "SELECT DISTINCT account, api_key, api_key_name FROM named_credential ORDER BY ALL"
SHARE_SCALE = 18


class Part(NamedTuple):
    """One who bears the cost of a key; `share` is None where it follows from what the owner's own keys cost."""

    owner: str
    team: str | None
    project: str | None
    cost_center: str | None
    share: Decimal | None


class Rule(NamedTuple):
    """Who bears the cost of some keys from a day on (None: from the first), and where that is written."""

    keys: tuple[str, ...]
    account: str | None
    start: date | None
    parts: tuple[Part, ...]
    source: Problem
    """Where it stands; what is wrong with it is said there."""

    def weight(self, *, by_mask: bool) -> tuple[bool, bool]:
        """A rule that names a mask beats one that names a name, and one of one account one of all."""
        return by_mask, self.account is not None


class Assignment(NamedTuple):
    """A key that a rule holds for, from `start` up to and without `end`; None is open."""

    account: str
    api_key: str
    start: date | None
    end: date | None
    rule: Rule


def rules(settings: Settings) -> list[Rule]:
    """All rules of the settings. Raises SettingsError where shares are not those of a whole."""
    problems: list[Problem] = []
    own = [_own(settings, entry) for entry in settings.every(OWNER)]
    shared = [_shared(settings, entry, own, problems) for entry in settings.every(SHARED)]
    if problems:
        raise SettingsError(problems)
    return [*own, *shared]


def _own(settings: Settings, entry: Entry) -> Rule:
    part = Part(entry["owner"], entry["team"], entry["project"], entry["cost_center"], Decimal(1))
    return _rule(settings, entry, (part,))


def _rule(settings: Settings, entry: Entry, parts: tuple[Part, ...]) -> Rule:
    return Rule(entry["keys"], entry["account"], entry["from"], parts, settings.problem(entry, "keys", ""))


def _shared(settings: Settings, entry: Entry, own: Sequence[Rule], problems: list[Problem]) -> Rule:
    shares: dict[str, Decimal | None] = dict(entry["shares"] or {})
    if entry["by"] == "spend":
        if entry["shares"] or not entry["owners"]:
            problems.append(settings.problem(entry, "by", 'needs `owners` and no `shares` where it is "spend"'))
        shares = dict.fromkeys(entry["owners"] or ())
    elif entry["owners"] or sum(entry["shares"].values() if entry["shares"] else ()) != 1:
        problems.append(settings.problem(entry, "shares", "must be given, without `owners`, and add up to 1"))
    known = {rule.parts[0].owner for rule in own}
    problems += [
        settings.problem(entry, "owners", f"{quoted(name)} owns no key, so that nothing can follow from its spend")
        for name, share in shares.items()
        if share is None and name not in known
    ]
    return _rule(settings, entry, tuple(_bearer(name, share, own) for name, share in sorted(shares.items())))


def _bearer(owner: str, share: Decimal | None, own: Sequence[Rule]) -> Part:
    """An owner by name, with the team, project and cost centre on which all rules about it agree."""
    told = [rule.parts[0] for rule in own if rule.parts[0].owner == owner]

    def agreed(values: Iterable[str | None]) -> str | None:
        found = set(values)
        return found.pop() if len(found) == 1 else None

    return Part(owner, agreed(p.team for p in told), agreed(p.project for p in told), agreed(p.cost_center for p in told), share)


def assignments(every_rule: Sequence[Rule], credentials: Iterable[tuple[str, str, str]]) -> list[Assignment]:
    """Which rule holds for which key, and when, over all names (account, mask, name) that keys have had.

    Raises SettingsError where two rules hold for a key with equal right from the same day on.
    """
    by_key: dict[tuple[str, str], set[str]] = defaultdict(set)
    for account, api_key, name in credentials:
        by_key[account, api_key].add(name)
    masks = {api_key for _, api_key in by_key}
    index = _Index(every_rule, masks)
    problems: list[Problem] = []
    found = [held for key, names in by_key.items() for held in _held(key, index.matching(key, names), problems)]
    if problems:
        raise SettingsError(sorted(set(problems)))
    return found


class _Index:
    """Rules by what they name; what is the mask of a key means that key, and not another that was given it for a name."""

    def __init__(self, every_rule: Iterable[Rule], masks: set[str]) -> None:
        self._masks = masks
        self._by_name: dict[str, list[Rule]] = defaultdict(list)
        for rule in every_rule:
            for name in rule.keys:
                self._by_name[name].append(rule)

    def matching(self, key: tuple[str, str], names: set[str]) -> list[tuple[tuple[bool, bool], Rule]]:
        """The rules about a key, each with its weight."""
        account, api_key = key
        by_mask = [(rule.weight(by_mask=True), rule) for rule in self._by_name.get(api_key, ())]
        by_name = [(rule.weight(by_mask=False), rule) for name in names - self._masks for rule in self._by_name.get(name, ())]
        return [(weight, rule) for weight, rule in (*by_mask, *by_name) if rule.account in (None, account)]


def _held(key: tuple[str, str], found: list[tuple[tuple[bool, bool], Rule]], problems: list[Problem]) -> Iterator[Assignment]:
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
    told = f"and {second.file}, line {second.line} give a key to different owners from the same day on; name its mask, account or a day"
    return first._replace(what=told)


def parameters(database: Database, settings: Settings | None) -> dict[str, object]:
    """The rules as the parameters of questions about owners. Raises SettingsError as `rules` and `assignments` do."""
    held = assignments(rules(settings), database.query_once("credentials", _CREDENTIALS).rows) if settings else []
    numbers = {rule: number for number, rule in enumerate(dict.fromkeys(item.rule for item in held))}
    parts = [(number, *part) for rule, number in numbers.items() for part in rule.parts]
    return {
        "rule_bounds": sorted({day for item in held for day in (item.start, item.end) if day}),
        **_columns("rule", ("accounts", "keys", "starts", "ends", "numbers"), [(*item[:4], numbers[item.rule]) for item in held]),
        **_columns("part", ("numbers", "owners", "teams", "projects", "cost_centers", "shares"), parts),
    }


def _columns(prefix: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, object]:
    columns = zip(*rows, strict=True) if rows else ((),) * len(names)
    return {f"{prefix}_{name}": list(values) for name, values in zip(names, columns, strict=True)}
