"""The budgets of keyspend.toml: an amount per month or quarter for an account, key, owner, team, project or cost centre."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from analytics.core.allocation import OWNER_LEVELS
from analytics.core.frame import records
from analytics.core.period import next_month
from analytics.settings.problems import Problem, SettingsError
from analytics.settings.reader import Settings
from analytics.settings.schema import Entry
from analytics.settings.sections import BUDGET

KINDS = ("key", *OWNER_LEVELS)
"""The kinds of subject of a budget other than an account, or all accounts."""
_PARAMETER = ("name", "kind", "subject", "account", "currency", "amount", "start_date", "end_date", "thresholds")
MONTHS = {"monthly": 1, "quarterly": 3}


class Budget(NamedTuple):
    """An amount of a currency for each period of `months` months, and the thresholds (ratios of it) that raise an event when crossed."""

    name: str
    kind: str
    subject: str | None
    account: str | None
    currency: str
    amount: Decimal
    months: int
    thresholds: tuple[Decimal, ...]

    def span(self, day: date) -> tuple[date, date]:
        """The first day of the month or quarter that contains `day`, and the first day after it."""
        start = date(day.year, (day.month - 1) // self.months * self.months + 1, 1)
        end = start
        for _ in range(self.months):
            end = next_month(end)
        return start, end


def budgets(settings: Settings) -> list[Budget]:
    """The budgets of the settings, in their order. Raises SettingsError for several subjects, no amount or an equal name."""
    problems: list[Problem] = []
    parsed = [_budget(settings, entry, problems) for entry in settings.every(BUDGET)]
    for entry, budget in zip(settings.every(BUDGET), parsed, strict=True):
        if [other.name for other in parsed].count(budget.name) > 1:
            problems.append(settings.problem(entry, "name", "is that of another budget, too"))
    if problems:
        raise SettingsError(problems)
    return parsed


def _budget(settings: Settings, entry: Entry, problems: list[Problem]) -> Budget:
    subjects = [kind for kind in KINDS if entry[kind]]
    if len(subjects) > 1:
        problems.append(settings.problem(entry, subjects[1], f"cannot be given beside {subjects[0]}: a budget is about one of them"))
    if not entry["amount"]:
        problems.append(settings.problem(entry, "amount", "must be more than nothing"))
    kind = subjects[0] if subjects else "account"
    thresholds = tuple(sorted(set(entry["thresholds"])))
    subject = entry[kind]
    return Budget(entry["name"], kind, subject, entry["account"], entry["currency"], entry["amount"], MONTHS[entry["period"]], thresholds)


def parameters(limits: Sequence[Budget], day: date) -> dict[str, object]:
    """The query parameter of budgets, one record each, for the periods that contain `day` (ends are exclusive)."""
    rows = [(b.name, b.kind, b.subject, b.account, b.currency, b.amount, *b.span(day), list(b.thresholds)) for b in limits]
    return {"budgets": records(_PARAMETER, rows)}
