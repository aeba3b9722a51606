"""Who bears the cost of which keys from which day on, as keyspend.toml says it; it knows no key that there is."""

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
    """One who bears the cost of a key.

    `share` weighs against those of the others of the rule; it is None where it follows from what the owner's own keys cost.
    """

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


def rules(settings: Settings, filed: Sequence[Rule] = ()) -> list[Rule]:
    """All rules: those of the settings, and those that a file beside them has.

    Raises SettingsError where shares are not those of a whole, and where they follow from the spend of who owns nothing.
    """
    problems: list[Problem] = []
    own = [_own(settings, entry) for entry in settings.every(OWNER)]
    owning: dict[str, list[Part]] = defaultdict(list)
    for rule in (*own, *filed):
        if len(rule.parts) == 1:
            owning[rule.parts[0].owner].append(rule.parts[0])
    shared = [_shared(settings, entry, owning, problems) for entry in settings.every(SHARED)]
    problems += [rule.source._replace(where="owner", what=problem) for rule in filed for problem in _unfounded(rule, owning)]
    if problems:
        raise SettingsError(problems)
    return [*own, *shared, *filed]


def _unfounded(rule: Rule, owning: Collection[str]) -> Iterator[str]:
    for part in rule.parts:
        if part.share is None and part.owner not in owning:
            yield f"{quoted(part.owner)} owns no key, so that nothing can follow from its spend"


def is_whole(shares: Iterable[Decimal | None]) -> bool:
    """Whether shares divide a key: they add up to 1, or all are whole numbers and weigh against each other."""
    given = [share for share in shares if share is not None]
    return sum(given) == 1 or (any(given) and not any(share % 1 for share in given))


def _own(settings: Settings, entry: Entry) -> Rule:
    part = Part(entry["owner"], entry["team"], entry["project"], entry["cost_center"], Decimal(1))
    return _rule(settings, entry, (part,))


def _rule(settings: Settings, entry: Entry, parts: tuple[Part, ...]) -> Rule:
    return Rule(entry["keys"], entry["account"], entry["from"], parts, settings.problem(entry, "keys", ""))


def _shared(settings: Settings, entry: Entry, owning: Mapping[str, Sequence[Part]], problems: list[Problem]) -> Rule:
    shares: dict[str, Decimal | None] = dict(entry["shares"] or {})
    if entry["by"] == "spend":
        if entry["shares"] or not entry["owners"]:
            problems.append(settings.problem(entry, "by", 'needs `owners` and no `shares` where it is "spend"'))
        shares = dict.fromkeys(entry["owners"] or ())
    elif entry["owners"] or not is_whole(shares.values()):
        message = "must be given, without `owners`, and add up to 1, or all be whole numbers that say how much each weighs"
        problems.append(settings.problem(entry, "shares", message))
    rule = _rule(settings, entry, tuple(_part(name, share, owning.get(name, ())) for name, share in sorted(shares.items())))
    problems += [settings.problem(entry, "owners", message) for message in _unfounded(rule, owning)]
    return rule


def _part(owner: str, share: Decimal | None, parts: Sequence[Part]) -> Part:
    """An owner by name, with the team, project and cost centre on which all that is told of it agrees."""

    def agreed(values: Iterable[str | None]) -> str | None:
        found = set(values)
        return found.pop() if len(found) == 1 else None

    return Part(owner, agreed(p.team for p in parts), agreed(p.project for p in parts), agreed(p.cost_center for p in parts), share)
