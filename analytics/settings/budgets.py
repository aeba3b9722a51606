"""Budgets as keyspend.toml sets them: how much may be spent, by whom or what, in a month or a quarter; it adds nothing up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from analytics.core.frame import records
from analytics.core.period import next_month
from analytics.settings.problems import Problem, SettingsError
from analytics.settings.reader import Settings
from analytics.settings.schema import Entry
from analytics.settings.sections import BUDGET

KINDS = ("key", "owner", "team", "project", "cost_center")
"""What a budget may be about, beside a whole account or all of them."""
_PARAMETER = ("name", "kind", "subject", "account", "currency", "amount", "start_date", "end_date", "thresholds")
MONTHS = {"monthly": 1, "quarterly": 3}


class Budget(NamedTuple):
    """How much of a currency may be spent in each period, and the ratios of it that are worth a word when they are crossed."""

    name: str
    kind: str
    subject: str | None
    account: str | None
    currency: str
    amount: Decimal
    months: int
    thresholds: tuple[Decimal, ...]

    def span(self, day: date) -> tuple[date, date]:
        """The month or quarter that holds a day: its first day and the first day after it."""
        start = date(day.year, (day.month - 1) // self.months * self.months + 1, 1)
        end = start
        for _ in range(self.months):
            end = next_month(end)
        return start, end


def budgets(settings: Settings) -> list[Budget]:
    """The budgets of the settings, in their order. Raises SettingsError where one is about several things, or has another's name."""
    problems: list[Problem] = []
    found = [_budget(settings, entry, problems) for entry in settings.every(BUDGET)]
    for entry, budget in zip(settings.every(BUDGET), found, strict=True):
        if [other.name for other in found].count(budget.name) > 1:
            problems.append(settings.problem(entry, "name", "is that of another budget, too"))
    if problems:
        raise SettingsError(problems)
    return found


def _budget(settings: Settings, entry: Entry, problems: list[Problem]) -> Budget:
    about = [kind for kind in KINDS if entry[kind]]
    if len(about) > 1:
        problems.append(settings.problem(entry, about[1], f"cannot be given beside {about[0]}: a budget is about one of them"))
    if not entry["amount"]:
        problems.append(settings.problem(entry, "amount", "must be more than nothing"))
    kind = about[0] if about else "account"
    thresholds = tuple(sorted(set(entry["thresholds"])))
    subject = entry[kind]
    return Budget(entry["name"], kind, subject, entry["account"], entry["currency"], entry["amount"], MONTHS[entry["period"]], thresholds)


def parameters(found: Sequence[Budget], day: date) -> dict[str, object]:
    """The budgets of the periods that hold a day, as the parameters of questions about them."""
    rows = [(one.name, one.kind, one.subject, one.account, one.currency, one.amount, *one.span(day), list(one.thresholds)) for one in found]
    return {"budgets": records(_PARAMETER, rows)}
