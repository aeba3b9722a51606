"""The owner rules of keyspend.toml: which owners the cost of which keys is allocated to, and from which day on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from analytics.core.errors import quoted
from analytics.settings.problems import Problem, SettingsError
from analytics.settings.reader import Settings
from analytics.settings.schema import Entry
from analytics.settings.sections import OWNER, SHARED


class Part(NamedTuple):
    """One owner of a rule, with the share of the cost allocated to it.

    `share` is a weight relative to the other parts of the rule; None where it follows from the cost of the owner's own keys.
    """

    owner: str
    team: str | None
    project: str | None
    cost_center: str | None
    share: Decimal | None


class Rule(NamedTuple):
    """The allocation of the cost of some keys from the day `start` on (None: from the first day), and where the rule is written."""

    keys: tuple[str, ...]
    account: str | None
    start: date | None
    parts: tuple[Part, ...]
    source: Problem
    """File, line and field of the rule, for messages about problems with it."""


def rules(settings: Settings, filed: Sequence[Rule] = ()) -> list[Rule]:
    """All owner rules: those of the settings, then `filed`, those of owners.csv.

    Raises SettingsError where shares do not divide a whole, and where a share follows from the spend of an owner without keys.
    """
    problems: list[Problem] = []
    own = [_own(settings, entry) for entry in settings.every(OWNER)]
    sole_owners: dict[str, list[Part]] = defaultdict(list)
    for rule in (*own, *filed):
        if len(rule.parts) == 1:
            sole_owners[rule.parts[0].owner].append(rule.parts[0])
    shared = [_shared(settings, entry, sole_owners, problems) for entry in settings.every(SHARED)]
    problems += [rule.source._replace(where="owner", what=problem) for rule in filed for problem in _unfounded(rule, sole_owners)]
    if problems:
        raise SettingsError(problems)
    return [*own, *shared, *filed]


def _unfounded(rule: Rule, sole_owners: Collection[str]) -> Iterator[str]:
    """Messages about parts by spend whose owner has no key of its own."""
    for part in rule.parts:
        if part.share is None and part.owner not in sole_owners:
            yield f"{quoted(part.owner)} owns no key, so that nothing can follow from its spend"


def is_whole(shares: Iterable[Decimal | None]) -> bool:
    """Whether shares divide a whole: they add up to 1, or all are whole numbers, which are relative weights."""
    fixed = [share for share in shares if share is not None]
    return sum(fixed) == 1 or (any(fixed) and not any(share % 1 for share in fixed))


def _own(settings: Settings, entry: Entry) -> Rule:
    part = Part(entry["owner"], entry["team"], entry["project"], entry["cost_center"], Decimal(1))
    return _rule(settings, entry, (part,))


def _rule(settings: Settings, entry: Entry, parts: tuple[Part, ...]) -> Rule:
    return Rule(entry["keys"], entry["account"], entry["from"], parts, settings.problem(entry, "keys", ""))


def _shared(settings: Settings, entry: Entry, sole_owners: Mapping[str, Sequence[Part]], problems: list[Problem]) -> Rule:
    shares: dict[str, Decimal | None] = dict(entry["shares"] or {})
    if entry["by"] == "spend":
        if entry["shares"] or not entry["owners"]:
            problems.append(settings.problem(entry, "by", 'needs `owners` and no `shares` where it is "spend"'))
        shares = dict.fromkeys(entry["owners"] or ())
    elif entry["owners"] or not is_whole(shares.values()):
        message = "must be given, without `owners`, and add up to 1, or all be whole numbers that say how much each weighs"
        problems.append(settings.problem(entry, "shares", message))
    rule = _rule(settings, entry, tuple(_part(name, share, sole_owners.get(name, ())) for name, share in sorted(shares.items())))
    problems += [settings.problem(entry, "owners", message) for message in _unfounded(rule, sole_owners)]
    return rule


def _part(owner: str, share: Decimal | None, parts: Sequence[Part]) -> Part:
    """A part of a shared key, with the team, project and cost centre of its owner where all rules of that owner agree."""

    def agreed(values: Iterable[str | None]) -> str | None:
        distinct = set(values)
        return distinct.pop() if len(distinct) == 1 else None

    return Part(owner, agreed(p.team for p in parts), agreed(p.project for p in parts), agreed(p.cost_center for p in parts), share)
