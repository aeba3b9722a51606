"""From reports to documents: a single report, or the month pack that finance reviews and signs; it writes no format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from analytics import display, documents, focus, metrics
from analytics.analysis.completeness import Completeness, completeness
from analytics.analysis.exceptions import exceptions
from analytics.decided import NOTHING, Decided
from analytics.documents import Chart, Document, Section
from analytics.errors import UsageError
from analytics.frame import Frame
from analytics.metrics import Choice
from analytics.money import exact_sum
from analytics.period import Period, days_text
from analytics.reports import Report, report
from analytics.scope import Scope

if TYPE_CHECKING:
    from analytics.store.database import Database

PACKS = {"month-pack": "A month in one document to review and sign: summary, reconciliation, parts, exceptions and sources."}
SIGNATURES = ("Prepared", "Reviewed", "Approved")

Shape = Callable[[Frame], Frame]


def _rows_of(frame: Frame, *sections: str) -> Frame:
    """The rows of some sections of a statement."""
    at = frame.names.index("section")
    return replace(frame, rows=[row for row in frame.rows if row[at] in sections])


@dataclass(frozen=True)
class Part:
    """A section of a pack: the report that answers it, in one currency at a time or of all; absent where no such report is."""

    title: str
    report: str
    by_currency: bool = True
    chart: Chart | None = None
    shape: Shape | None = None


PARTS = (
    Part("Reconciliation", "reconciliation"),
    Part("By owner", "spend-by-owner", chart=Chart("bars", "owner", "computed_cost")),
    Part("By key", "spend-by-key", chart=Chart("bars", "api_key_name", "computed_cost")),
    Part("By model", "spend-by-model", chart=Chart("bars", "model", "computed_cost")),
    Part("Daily", "spend-by-day", chart=Chart("columns", "charge_date", "computed_cost", "account")),
    Part("Variance bridge", "variance", chart=Chart("bars", "driver", "effect_cost")),
    Part("Statement", "statement"),
    Part("Late adjustments", "late-adjustments"),
    Part("Months", "months", by_currency=False),
)
"""What a month pack has between its summary and its exceptions, in this order."""


def answerable() -> dict[str, str]:
    """All that can be asked for by name, reports, packs and files of charges, with what each answers."""
    return dict(sorted({**metrics.questions(), **PACKS, focus.NAME: focus.TITLE}.items()))


def of_report(answer: Report) -> Document:
    """A report as a document of one section."""
    end = answer.scope.period.end
    return replace(
        documents.of(answer.frame),
        facts=tuple(_about(answer.scope)),
        notes=tuple(answer.notes),
        as_of=end - timedelta(days=1) if end else documents.newest(answer.frame),
        unreconciled_dates=tuple(answer.unreconciled_dates),
        partial_dates=tuple(answer.partial_dates),
    )


def _about(scope: Scope) -> Iterator[tuple[str, str]]:
    yield "Period", str(scope.period)
    told = {"Account": (scope.account,), "Currency": (scope.currency,), "API keys": scope.keys, "Models": scope.models}
    for label, values in told.items():
        if any(values):
            yield label, ", ".join(filter(None, values))
    yield "Written by", f"Keyspend {version('keyspend')}"


def scope(arguments: Mapping[str, Any], period: Callable[[Any, Any, Any], Period]) -> Scope:
    """What a pack is asked about: a month, an account, a currency. Raises UsageError for what a bill has no part of."""
    known = {"month", "start", "end", "account", "currency"}
    if others := [name for name, value in arguments.items() if value and name not in known]:
        told = f"a month pack is of whole accounts, and knows no {', '.join(others)}"
        raise UsageError("pack-scope", told, "narrow it with --account and --currency alone")
    days = period(arguments.get("month"), arguments.get("start"), arguments.get("end"))
    return Scope(days, arguments.get("account"), arguments.get("currency"))


def month_pack(database: Database, scope: Scope, decided: Decided = NOTHING) -> Document:
    """The pack of one calendar month. Raises UsageError for any other period."""
    if not scope.period.is_month:
        raise UsageError("pack-period", f"a month pack is of one calendar month, not of {scope.period}", "--month YYYY-MM")
    return _Pack(database, scope, decided).document()


class _Pack:
    """The month pack of one scope, while its reports are asked for."""

    def __init__(self, database: Database, scope: Scope, decided: Decided) -> None:
        self._database = database
        self._decided = decided
        self._scope = scope
        self._statement = self._asked("statement", scope)
        self._found = self._completeness()

    def _asked(self, name: str, scope: Scope) -> Report:
        return report(self._database, name, scope, Choice(), self._decided)

    def document(self) -> Document:
        """All sections, and what the whole month is said to be."""
        frame = self._statement.frame
        currencies = sorted(set(frame.values("currency")))
        parts = [section for one in currencies or [None] for section in self._in(one, suffixed=len(currencies) > 1)]
        return Document(
            "month-pack",
            f"Month pack {self._scope.period}",
            (self._summary(), *parts, self._exceptions(), self._sources()),
            tuple(self._facts(currencies)),
            tuple(self._statement.notes),
            self._last_day(),
            tuple(self._statement.unreconciled_dates),
            tuple(self._statement.partial_dates),
            {one: _computed(frame, one) for one in currencies},
            SIGNATURES,
        )

    def _last_day(self) -> date:
        end = self._scope.period.end
        return end - timedelta(days=1) if end else documents.DAWN

    def _summary(self) -> Section:
        frame = _worded(_rows_of(self._statement.frame, "total", "wallet"))
        return Section("Summary", _without(frame, "previous_billed_cost", "previous_computed_cost"))

    def _in(self, currency: str | None, *, suffixed: bool) -> Iterator[Section]:
        scope = replace(self._scope, currency=currency or self._scope.currency)
        for part in PARTS:
            if part.report not in metrics.questions():
                continue
            title = f"{part.title} {currency}" if suffixed else part.title
            yield Section(title, _worded(self._asked(part.report, scope).frame), chart=part.chart, currency=currency)

    def _exceptions(self) -> Section:
        differences, restated = (self._asked(name, self._scope).frame for name in ("differences", "restated-days"))
        return Section("Exceptions", exceptions(self._found, differences, restated))

    def _sources(self) -> Section:
        return Section("Sources", self._asked("sources", self._scope).frame)

    def _completeness(self) -> list[Completeness]:
        """Of each account that was in use in this month or in the one before it."""
        period = self._scope.period
        if period.start is None:
            return []
        wider = replace(self._scope, period=replace(period, start=(period.start - timedelta(days=1)).replace(day=1)))
        coverage, differences = self._asked("coverage", wider).frame, self._asked("differences", self._scope).frame
        return completeness(period, coverage, differences)

    def _facts(self, currencies: list[str]) -> Iterator[tuple[str, str]]:
        yield "Period", str(self._scope.period)
        yield "Accounts", ", ".join(dict.fromkeys(self._statement.frame.values("account"))) or "none"
        yield "Currencies", ", ".join(currencies) or "none: nothing was used"
        yield "Complete", _verdict(self._found, "absent_dates", "partial_dates")
        yield "Reconciled", _verdict(self._found, "unreconciled_dates")
        yield "Every hour once", _verdict(self._found, "overlapping_dates", "gap_dates")
        yield "Written by", f"Keyspend {version('keyspend')}"


def _verdict(found: list[Completeness], *fields: str) -> str:
    """Yes, or no with the days that stand against it."""
    days = sorted({day for one in found for field in fields for day in getattr(one, field)})
    return f"no: {days_text(days)}" if days else "yes" if found else "nothing is known"


def _computed(statement: Frame, currency: str) -> Decimal:
    rows = _rows_of(statement, "total").records()
    return exact_sum(row["computed_cost"] for row in rows if row["currency"] == currency)


def _worded(frame: Frame) -> Frame:
    """The frame without the columns that have not a word in them."""
    told = display.told(frame) if frame.rows else range(len(frame.columns))
    return _without(frame, *{name for index, name in enumerate(frame.names) if index not in told})


def _without(frame: Frame, *names: str) -> Frame:
    kept = [index for index, name in enumerate(frame.names) if name not in names]
    rows = [tuple(row[index] for index in kept) for row in frame.rows]
    return Frame(frame.name, tuple(frame.columns[index] for index in kept), rows)
