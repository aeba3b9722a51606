"""The charges of a scope on their way to a file: held to the rules and to the bill, then handed on batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, ClassVar, NamedTuple

from analytics.analysis.month_close.completeness import Completeness, completeness
from analytics.core import files as durable
from analytics.core.errors import UsageError
from analytics.core.frame import Frame, Stream
from analytics.core.money import EXACT, plain
from analytics.reports import query
from analytics.reports.catalog import ACCOUNT_NAMES, OWNERS, Breakdown
from analytics.reports.focus import NAME, ORDER, conformance, metadata
from analytics.reports.focus.conformance import FocusRefused
from analytics.reports.focus.partition import parts
from analytics.reports.query import BoundStatement
from analytics.reports.report import Report, with_caveats
from analytics.reports.statements import Statement

if TYPE_CHECKING:
    from analytics.ledger.database.connection import Database
    from analytics.reports.scope import Scope
    from analytics.settings.snapshot import SettingsSnapshot
    from analytics.writers.streams import Written

_TOTALS = """SELECT "BillingCurrency" AS currency, "ChargeCategory" AS category, "x_CostBasis" AS cost_basis, count(*) AS row_count,
    sum("BilledCost")::DECIMAL(38, 18) AS billed_cost
FROM ({}) GROUP BY ALL ORDER BY ALL"""
_DUE = Statement(
    "SELECT currency, sum(computed_cost + coalesce(variance, 0)) FROM scoped_reconciliation GROUP BY currency ORDER BY currency",
    ("scoped_reconciliation",),
)
_SOURCES = "SELECT import_id, day_shift, exported_at FROM covered_period JOIN imports USING (import_id)"
_SIZES = Statement(
    """SELECT scoped_day.account, scoped_day.charge_date, coalesce(sum(usage_line.row_count), 0)::BIGINT
    FROM scoped_day LEFT JOIN usage_line USING (account, charge_date) GROUP BY ALL ORDER BY ALL""",
    ("scoped_day",),
)


class ExportRequest(NamedTuple):
    """The scope and breakdown of the charges, and the settings, whose owners are their tags."""

    scope: Scope
    choice: Breakdown
    settings: SettingsSnapshot


class Format(NamedTuple):
    """A format by its name, and what writes a stream in it."""

    name: str
    write: Callable[[Stream, BinaryIO], Written]


_SETTINGS = (OWNERS, ACCOUNT_NAMES)
"""What the charges take from the settings."""


@dataclass(frozen=True)
class Export:
    """What a file of charges holds, and how it stands with the evidence.

    `totals` has the sum of each currency and category, `coverage` how each day is known, and `sources` the imports behind them.
    """

    report: Report
    format_name: str
    totals: Frame
    coverage: Frame
    sources: Frame
    found: Sequence[Completeness]
    written: Written
    subject: ClassVar[str] = NAME

    @property
    def unreconciled_dates(self) -> list[date]:
        """The days in it that do not reconcile."""
        return self.report.unreconciled_dates

    @property
    def partial_dates(self) -> list[date]:
        """The days in it that were in progress when exported."""
        return self.report.partial_dates

    @property
    def is_complete(self) -> bool:
        """Whether every day of its period is known, and was over when it was exported."""
        return self.report.is_complete

    @property
    def notes(self) -> list[str]:
        """The caveats that go with the file."""
        return [*self.report.notes, *self._limits()]

    def _limits(self) -> Iterator[str]:
        if self.report.scope.keys:
            yield "without credits and adjustments, and so not the bill: the cost file names no keys"
        if self.written.guarded:
            yield (
                f"{self.written.guarded} cells of text, which a spreadsheet would run, have an apostrophe before them; "
                "Parquet has them as they are"
            )


def to_file(database: Database, request: ExportRequest, target: Path, chosen: Format) -> Export:
    """Write the charges to `target`, whole or not at all, and then FILE.metadata.json next to it, whose presence shows that it is whole.

    Raises FocusRefused as `to_stream` does, and StoreError when the disk refuses.
    """
    sidecar = target.with_name(f"{target.name}.metadata.json")
    with durable.atomic_write(target) as file:
        export = to_stream(database, request, file, chosen)
        sidecar.unlink(missing_ok=True)
    durable.replace(sidecar, metadata.sidecar(export, target))
    return export


def to_stream(database: Database, request: ExportRequest, file: BinaryIO, chosen: Format) -> Export:
    """Write the charges to an open file. Before the first byte, raises FocusRefused where they break a rule or miss the bill."""
    bound = _bound(database, request)
    totals = database.query("totals", _TOTALS.format(bound.statement), bound.parameters)
    if not request.scope.keys:
        _hold_to_bill(totals, dict(query.rows(database, _DUE, request.scope)))
    stream = _stream(database, request, as_text=chosen.name == "csv")
    written = chosen.write(stream, file)
    report = with_caveats(database, Frame(NAME, stream.columns, []), request.scope, request.choice)
    coverage, differences = (query.run(database, name, request.scope) for name in ("coverage", "differences"))
    found = completeness(request.scope.period, coverage, differences)
    return Export(report, chosen.name, totals, coverage, database.cached_query("sources", _SOURCES), found, written)


def _stream(database: Database, request: ExportRequest, *, as_text: bool) -> Stream:
    """The charges in their order, part by part: to put millions of wide rows in order at once would take gigabytes."""
    sizes = query.rows(database, _SIZES, request.scope)
    statements = (_in_order(query.bind(database, charges(), part, request.settings, _SETTINGS)) for part in parts(request.scope, sizes))
    streams = (database.stream(*bound, as_text=as_text) for bound in statements)
    first = next(streams)
    return first._replace(batches=chain(first.batches, chain.from_iterable(stream.batches for stream in streams)))


def report(database: Database, name: str, scope: Scope, choice: Breakdown, settings: SettingsSnapshot) -> Report:
    """The charges as any other report, for those who hold them in memory. Raises FocusRefused where they break a rule."""
    bound = _bound(database, ExportRequest(scope, choice, settings))
    return with_caveats(database, database.query(name, *_in_order(bound)), scope, choice)


def _in_order(bound: BoundStatement) -> BoundStatement:
    return bound._replace(statement=f"{bound.statement}\n{ORDER}")


def _bound(database: Database, request: ExportRequest) -> BoundStatement:
    """The statement of the charges with its parameters, after a check that its result keeps the rules of FOCUS.

    Raises UsageError for a choice of breakdown, which FOCUS lacks, and FocusRefused.
    """
    for field, value in vars(request.choice).items():
        if value is not None:
            raise UsageError(f"{field}-unused", f"{NAME} has no --{field}", "leave it out")
    bound = query.bind(database, charges(), request.scope, request.settings, _SETTINGS)
    conformance.hold(database, bound)
    return bound


@cache
def charges() -> Statement:
    """The statement of the charges of a scope, in no order."""
    text = files("analytics.reports.focus").joinpath("charges.sql").read_text(encoding="utf-8")
    return Statement(
        text, ("tiered_price", "scoped_fact", "scoped_billing", "scoped_reconciliation", "rule_epoch_day", "key_rule", "rule_part")
    )


def _hold_to_bill(totals: Frame, due: dict[str, Decimal]) -> None:
    """Raise FocusRefused where usage and adjustments of a currency do not come to what was billed for it."""
    charged = dict.fromkeys(due, Decimal(0))
    for row in totals.records():
        if row["category"] != "Credit":
            charged[row["currency"]] = EXACT.add(charged.get(row["currency"], Decimal(0)), row["billed_cost"])
    for currency, cost in charged.items():
        owed = due.get(currency, Decimal(0))
        if cost != owed:
            message = f"the charges come to {plain(cost)} {currency}, and the bill to {plain(owed)}; nothing was written"
            raise FocusRefused("focus-total", message, "this is a fault of Keyspend: `keyspend report reconciliation` shows the bill")
