"""Who bears the cost of which keys from which day on, as keyspend.toml says it; it knows no key that there is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from analytics.errors import quoted
from analytics.settings.declared import Entry
from analytics.settings.problems import Problem, SettingsError
from analytics.settings.reading import Settings
from analytics.settings.sections import OWNER, SHARED


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
