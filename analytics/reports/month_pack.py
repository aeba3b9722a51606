"""The month pack: the sections that finance reviews and signs, each a report of its own, in one currency at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from analytics.analysis.allocation.journal_entry import journal_entry
from analytics.analysis.month_close.completeness import Completeness, completeness
from analytics.analysis.month_close.exceptions import exceptions
from analytics.analysis.variance.waterfall import BEFORE, bridged
from analytics.core import document as documents
from analytics.core import formatting
from analytics.core.document import Chart, Document, Section
from analytics.core.errors import UsageError
from analytics.core.frame import Frame
from analytics.core.money import exact_sum
from analytics.core.period import days_text
from analytics.reports.catalog import Breakdown
from analytics.reports.registry import written_by
from analytics.reports.report import Report, report
from analytics.settings.snapshot import NO_SETTINGS, SettingsSnapshot

if TYPE_CHECKING:
    from analytics.ledger.database.connection import Database
    from analytics.reports.scope import Scope

_OWN = Breakdown()
SIGNATURES = ("Prepared", "Reviewed", "Approved")


@dataclass(frozen=True)
class Part:
    """A section of the pack: its report, in each currency or of all.

    `shape` makes the section's frame of the report's, and of the statement in the same currency.
    """

    title: str
    report: str
    chart: Chart | None = None
    shape: Callable[[Frame, Frame], Frame] | None = None
    choice: Breakdown = _OWN
    by_currency: bool = True
    notes: tuple[str, ...] = ()


PARTS = (
    Part("By owner", "spend-by-owner", Chart("bars", "owner", "computed_cost")),
    Part("By cost centre", "spend-by-owner", Chart("bars", "cost_center", "computed_cost"), choice=Breakdown(by="cost_center")),
    Part(
        "Journal entry",
        "spend-by-owner",
        shape=journal_entry,
        choice=Breakdown(by="cost_center"),
        notes=("In cents that add up on both sides; costs without a cost centre stand by themselves.",),
    ),
    Part("By key", "spend-by-key", Chart("bars", "api_key_name", "computed_cost")),
    Part("By model", "spend-by-model", Chart("bars", "model", "computed_cost")),
    Part("Daily", "spend-by-day", Chart("columns", "charge_date", "computed_cost", "account")),
    Part(
        "Variance bridge",
        "variance",
        Chart("bars", "driver", "effect_cost", without=(BEFORE,)),
        shape=lambda frame, _: bridged(frame),
        notes=("From the bill of the period before to this one: the lines of an account add up to its bill.",),
    ),
    Part("Statement", "statement"),
    Part("Reconciliation", "reconciliation"),
    Part("Late adjustments", "late-adjustments"),
    Part("Month status", "months", by_currency=False),
)
"""What stands between exceptions and sources, in this order."""


def month_pack(database: Database, scope: Scope, settings: SettingsSnapshot = NO_SETTINGS) -> Document:
    """The pack of one calendar month. Raises UsageError for any other period, and as reports do."""
    if not scope.period.is_month:
        raise UsageError("pack-period", f"a month pack is of one calendar month, not of {scope.period}", "--month YYYY-MM")
    return _Pack(database, scope, settings).document()


class _Pack:
    """The month pack of one scope while its reports are run."""

    def __init__(self, database: Database, scope: Scope, settings: SettingsSnapshot) -> None:
        self._database = database
        self._settings = settings
        self._scope = scope
        self._statement = self._report("statement", scope)
        self._found = self._completeness()

    def _report(self, name: str, scope: Scope, choice: Breakdown = _OWN) -> Report:
        return report(self._database, name, scope, choice, self._settings)

    def document(self) -> Document:
        """All sections, and the status of the month."""
        frame = self._statement.frame
        currencies = sorted(set(frame.values("currency")))
        return Document(
            "month-pack",
            f"Month pack {self._scope.period}",
            (self._summary(), self._exceptions(), *self._parts(currencies), self._sources()),
            tuple(self._facts(currencies)),
            tuple(self._statement.notes),
            self._last_day(),
            tuple(self._statement.unreconciled_dates),
            tuple(self._statement.partial_dates),
            {one: _computed(frame, one) for one in currencies},
            SIGNATURES,
            self._statement.is_complete,
        )

    def _last_day(self) -> date:
        end = self._scope.period.end
        return end - timedelta(days=1) if end else documents.DAWN

    def _summary(self) -> Section:
        frame = _worded(_rows_of(self._statement.frame, "total", "wallet"))
        return Section("Summary", _without(frame, "previous_billed_cost", "previous_computed_cost"))

    def _parts(self, currencies: list[str]) -> Iterator[Section]:
        """A set of parts for each currency, named where there are several, and those of all currencies."""
        for currency in (*currencies,) or (self._scope.currency,):
            suffix = f" {currency}" if len(currencies) > 1 else ""
            yield from (self._part(part, suffix, currency) for part in PARTS if part.by_currency)
        yield from (self._part(part, "", self._scope.currency) for part in PARTS if not part.by_currency)

    def _part(self, part: Part, suffix: str, currency: str | None) -> Section:
        answer = self._report(part.report, replace(self._scope, currency=currency), part.choice).frame
        of_currency = [row for row in self._statement.frame.records() if row["currency"] == currency]
        statement = replace(self._statement.frame, rows=[tuple(row.values()) for row in of_currency])
        frame = _worded(part.shape(answer, statement) if part.shape else answer)
        return Section(f"{part.title}{suffix}", frame, part.notes, part.chart, currency if part.by_currency else None)

    def _exceptions(self) -> Section:
        differences, restated = (self._report(name, self._scope).frame for name in ("differences", "restated-days"))
        return Section("Exceptions", exceptions(self._found, differences, restated))

    def _sources(self) -> Section:
        return Section("Sources", self._report("sources", self._scope).frame)

    def _completeness(self) -> list[Completeness]:
        """Of each account that was in use in this month or in the one before it."""
        period = self._scope.period
        before = (period.start - timedelta(days=1)).replace(day=1) if period.start else None
        coverage = self._report("coverage", replace(self._scope, period=replace(period, start=before))).frame
        return completeness(period, coverage, self._report("differences", self._scope).frame)

    def _facts(self, currencies: list[str]) -> Iterator[tuple[str, str]]:
        yield "Period", str(self._scope.period)
        yield "Accounts", ", ".join(dict.fromkeys(self._statement.frame.values("account"))) or "none"
        yield "Currencies", ", ".join(currencies) or "none: nothing was used"
        yield "Complete", _conclusion(self._found, "absent_dates", "partial_dates")
        yield "Reconciled", _conclusion(self._found, "unreconciled_dates")
        yield "Every hour once", _conclusion(self._found, "overlapping_dates", "gap_dates")
        yield "Closed", _standing(self._report("months", self._scope).frame)
        yield "Written by", written_by()


def _conclusion(found: list[Completeness], *fields: str) -> str:
    """Yes, or no with the days that stand against it."""
    days = sorted({day for one in found for field in fields for day in getattr(one, field)})
    return f"no: {days_text(days)}" if days else "yes" if found else "nothing is known"


def _standing(months: Frame) -> str:
    """Whether the month is closed: wholly, or which accounts and currencies of it."""
    closed = [f"{row['account']} {row['currency']}" for row in months.records() if row["status"] == "closed"]
    return "no" if not closed else "yes" if len(closed) == len(months.rows) else f"in part: {', '.join(closed)}"


def _computed(statement: Frame, currency: str) -> Decimal:
    rows = _rows_of(statement, "total").records()
    return exact_sum(row["computed_cost"] for row in rows if row["currency"] == currency)


def _rows_of(frame: Frame, *sections: str) -> Frame:
    """The rows of some sections of a statement."""
    at = frame.names.index("section")
    return replace(frame, rows=[row for row in frame.rows if row[at] in sections])


def _worded(frame: Frame) -> Frame:
    """The frame without the columns that have not a word in them."""
    positions = formatting.shown_columns(frame) if frame.rows else range(len(frame.columns))
    return _without(frame, *(name for index, name in enumerate(frame.names) if index not in positions))


def _without(frame: Frame, *names: str) -> Frame:
    kept = [index for index, name in enumerate(frame.names) if name not in names]
    rows = [tuple(row[index] for index in kept) for row in frame.rows]
    return Frame(frame.name, tuple(frame.columns[index] for index in kept), rows)
