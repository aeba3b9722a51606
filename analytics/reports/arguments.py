"""The scope and the breakdown of a report, from the arguments of a caller."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

from analytics.core import period
from analytics.core.errors import UsageError
from analytics.core.period import Period
from analytics.reports import catalog, scope

if TYPE_CHECKING:
    from analytics.ledger.database.connection import Database
    from analytics.reports.catalog import Breakdown
    from analytics.reports.scope import Scope


class ScopeArguments(TypedDict, total=False):
    """Days (a `month`, `YYYY-MM` or `latest`, or those from `start` to before `end`), and what of them; None and () are all."""

    month: str | None
    start: str | None
    end: str | None
    account: str | None
    currency: str | None
    keys: str | Sequence[str]
    models: str | Sequence[str]


class ReportArguments(ScopeArguments, total=False):
    """The same with the breakdown of a report and the period that it is compared with; see `Keyspend.answer`."""

    grain: str | None
    by: str | None
    top: int | None
    against: str | None


def days(database: Database, arguments: ScopeArguments) -> Period:
    """The period of the arguments. Raises UsageError for a month and a range at once, and for text that is neither."""
    month, start, end = arguments.get("month"), arguments.get("start"), arguments.get("end")
    if month and (start or end):
        raise UsageError("period-both", "a month and a range were given", "use --month, or --from and --to")
    if month == "latest":
        return scope.latest_complete_month(database)
    if month:
        return period.month(month)
    return Period(period.day(start) if start else None, period.day(end) if end else None)


def scope_from(database: Database, arguments: ScopeArguments) -> Scope:
    """The scope of the arguments. Raises TypeError for one that is not of `ScopeArguments`, and UsageError as `days` does."""
    _know(arguments, ScopeArguments)
    return _scope(arguments, days(database, arguments))


def resolve(database: Database, name: str, arguments: ReportArguments) -> tuple[Scope, Breakdown]:
    """The scope and the choice of a report. Raises TypeError for an argument that is not of `ReportArguments`, and UsageError."""
    _know(arguments, ReportArguments)
    period = days(database, arguments)
    choice = catalog.Breakdown(arguments.get("grain"), arguments.get("by"), arguments.get("top"))
    return _scope(arguments, period, catalog.against(name, arguments.get("against"), period)), choice


def _scope(arguments: ScopeArguments, period: Period, against: Period | None = None) -> Scope:
    keys, models = _several(arguments.get("keys")), _several(arguments.get("models"))
    return scope.Scope(period, arguments.get("account"), arguments.get("currency"), keys, models, against)


def _several(names: str | Sequence[str] | None) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names or ())


def _know(arguments: ScopeArguments, words: type) -> None:
    if unknown := arguments.keys() - words.__annotations__:
        raise TypeError(f"nothing is asked with {', '.join(sorted(unknown))}")
