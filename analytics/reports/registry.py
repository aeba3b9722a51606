"""The reports and packs by name, and documents made from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING

from analytics.core import document
from analytics.core.errors import UsageError
from analytics.reports import catalog, focus
from analytics.reports.arguments import resolve
from analytics.reports.scope import Scope

if TYPE_CHECKING:
    from analytics.core.document import Document
    from analytics.ledger.database.connection import Database
    from analytics.reports.arguments import ReportArguments
    from analytics.reports.catalog import Breakdown
    from analytics.reports.report import Report
    from analytics.settings.snapshot import SettingsSnapshot

PACKS = {"month-pack": "A month in one document to review and sign: summary, exceptions, parts, reconciliation and sources."}


def available_reports() -> dict[str, str]:
    """The titles of everything that has a name: reports, packs and files of charges."""
    return dict(sorted({**catalog.reports(), **PACKS, focus.NAME: focus.TITLE}.items()))


def report(database: Database, name: str, scope: Scope, choice: Breakdown, settings: SettingsSnapshot) -> Report:
    """A report by its name, be it the charges by FOCUS. Raises as `query.run` does, and FocusRefused."""
    if name == focus.NAME:
        from analytics.reports.focus.export import report as answer
    else:
        from analytics.reports.report import report as answer
    return answer(database, name, scope, choice, settings)


def depends_on_settings(name: str, by: str | None = None) -> bool:
    """Whether a report, broken down so, depends on the settings. Raises UsageError for an unknown one."""
    return name == focus.NAME or catalog.depends_on_settings(name, by)


def document_from_report(answer: Report) -> Document:
    """A report as a document of one section."""
    end = answer.scope.period.end
    return replace(
        document.of(answer.frame),
        facts=tuple(_about(answer.scope)),
        notes=tuple(answer.notes),
        as_of=end - timedelta(days=1) if end else document.newest(answer.frame),
        unreconciled_dates=tuple(answer.unreconciled_dates),
        partial_dates=tuple(answer.partial_dates),
        is_complete=answer.is_complete,
    )


def _about(scope: Scope) -> Iterator[tuple[str, str]]:
    yield "Period", str(scope.period)
    narrowing = {"Account": (scope.account,), "Currency": (scope.currency,), "API keys": scope.keys, "Models": scope.models}
    for label, values in narrowing.items():
        if any(values):
            yield label, ", ".join(filter(None, values))
    yield "Written by", written_by()


def written_by() -> str:
    """The program and its version, as documents name it."""
    return f"Keyspend {version('keyspend')}"


def scope(database: Database, arguments: ReportArguments) -> Scope:
    """The scope of a pack: a period, an account, a currency. Raises UsageError for a scope of keys or models, which bills lack."""
    known = {"month", "start", "end", "account", "currency", "against"}
    if others := [name for name, value in arguments.items() if value and name not in known]:
        message = f"a month pack is of whole accounts, and knows no {', '.join(others)}"
        raise UsageError("pack-scope", message, "narrow it with --account and --currency alone")
    return resolve(database, "variance", arguments)[0]
