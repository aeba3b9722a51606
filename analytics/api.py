"""The Python library: one `Keyspend` object per data directory, shared by the command, the dashboard, the MCP server and notebooks."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar, Unpack

from analytics.core.clock import Clock, utc_now
from analytics.core.data_directory import DataDirectory, data_directory
from analytics.core.errors import UsageError
from analytics.core.frame import Frame

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from analytics.automation.run_result import Outcome
    from analytics.automation.schedules.schedule import Plan
    from analytics.core.document import Document
    from analytics.ledger.database.builder import ImportRow
    from analytics.ledger.database.connection import Database
    from analytics.ledger.feedback import Feedback
    from analytics.operations import import_exports
    from analytics.operations.close_month import Closed
    from analytics.operations.undo_preview import UndoPreview
    from analytics.operations.verify import Check
    from analytics.reports.arguments import ReportArguments, ScopeArguments
    from analytics.reports.focus.export import Export
    from analytics.reports.owner_list import AssignmentCoverage
    from analytics.reports.report import Report
    from analytics.reports.what_if import WhatIf
    from analytics.settings.owner_rules import Rule
    from analytics.settings.reader import Settings
    from analytics.settings.snapshot import SettingsSnapshot

T = TypeVar("T")


class Keyspend:
    """The ledger, the settings and the reports of one data directory.

    >>> ledger = Keyspend("/var/lib/keyspend")                              # doctest: +SKIP
    >>> ledger.import_paths(["usage_data_2026_5.zip"])                      # doctest: +SKIP
    >>> ledger.report("spend-by-key", month="2026-05").to_polars()          # doctest: +SKIP
    """

    def __init__(self, data_dir: str | Path | DataDirectory | None = None, clock: Clock = utc_now) -> None:
        directory = data_dir if isinstance(data_dir, DataDirectory) else data_directory(str(data_dir) if data_dir else None)
        self.directory: DataDirectory = directory
        self._clock = clock

    def import_paths(
        self, paths: Sequence[str | Path], *, without_cost: bool = False, progress: Callable[[int], None] | None = None
    ) -> list[import_exports.Outcome]:
        """Import every export below `paths`; return a Receipt or a Refusal for each, the paths without an export first.

        `without_cost` accepts exports that lack their cost file. `progress` is called with the number of bytes of each chunk that was
        read. Raises BusyError while another process writes, and StoreError when the disk fails; then nothing was imported.
        """
        from analytics.ingest import vendors
        from analytics.operations import import_exports

        sources, refused = vendors.discover(Path(path) for path in paths)
        outcomes: list[import_exports.Outcome] = [import_exports.Refusal(source.name, error) for source, error in refused]
        if sources:
            outcomes += import_exports.import_sources(self.directory, sources, self._clock, without_cost=without_cost, progress=progress)
        return outcomes

    def undo(self, import_id: int) -> ImportRow:
        """Undo an import and return its row; its evidence is kept.

        Raises UsageError for an import that is not active, or that supplies days of a closed month.
        """
        from analytics.operations import import_exports

        return import_exports.undo(self.directory, import_id, self._clock)

    def settings(self) -> Settings:
        """Return the settings of keyspend.toml.

        Raises SettingsError with every error in it, and UsageError where a settings file that was named is missing.
        """
        from analytics.settings.reader import read
        from analytics.settings.sections import SECTIONS

        path = self.directory.settings
        if self.directory.settings_file and not path.exists():
            raise UsageError(
                "settings-missing", f"there is no {path}", "name another with --config, or begin it with `keyspend config init`"
            )
        return read(path, SECTIONS)

    def settings_stamp(self) -> str:
        """Return a text that changes whenever keyspend.toml or its owner spreadsheet changes, valid or not; it reads the files' status."""
        from analytics.settings.owner_sources import stamp

        return stamp(self.directory.settings)

    def owner_rules(self) -> list[Rule]:
        """Return the owner rules of keyspend.toml and of its owner spreadsheet, in their order. Raises SettingsError."""
        from analytics.settings.owner_sources import owner_rules

        return owner_rules(self.settings())

    def settings_snapshot(self) -> SettingsSnapshot:
        """Return the settings snapshot: owner rules, budgets, names of accounts and floors of alerts. Raises SettingsError."""
        from analytics.settings.snapshot import snapshot

        return snapshot(self.settings())

    def assignment_coverage(self) -> AssignmentCoverage | None:
        """Return how many of the keys in the ledger the owner rules assign; None before the first import. Raises SettingsError."""
        from analytics.operations.replay import query_latest
        from analytics.reports import owner_list

        rules = self.settings_snapshot().rules
        return query_latest(self.directory, lambda database: owner_list.assignment_coverage(database, rules))

    def owners(self) -> Frame:
        """Return one row per key and period of an owner, keys without an owner first. Raises SettingsError."""
        from analytics.reports import owner_list

        rules = self.owner_rules()
        return self._query(lambda database: owner_list.listed(database, rules))

    def export_owners(self, target: str | Path) -> None:
        """Write every key and its owner to the CSV `target`, which `import_owners` reads. Raises SettingsError and StoreError."""
        from analytics.core.files import replace
        from analytics.reports import owner_list

        rules = self.owner_rules()
        replace(Path(target), self._query(lambda database: owner_list.exported(database, rules)))

    def import_owners(self, source: str | Path) -> tuple[int, Path]:
        """Replace the owner spreadsheet of keyspend.toml by the CSV `source`; return the number of rules and the path of the spreadsheet.

        Raises SettingsError, and then changes nothing, where any rule is wrong.
        """
        from analytics.core.files import replace
        from analytics.reports import owner_list
        from analytics.settings import owner_sources

        settings, content = self.settings(), Path(source).read_bytes()
        rules = self._query(lambda database: owner_list.checked(database, Path(source).name, content, settings))
        replace(owner_sources.owners_csv_path(settings), content)
        return len(rules), owner_sources.owners_csv_path(settings)

    def preview_undo(self, import_id: int) -> UndoPreview:
        """Return the undo preview of an import: its days, their next sources and amounts. Raises UsageError for one that is not active."""
        from analytics.operations import undo_preview

        return self._query(lambda database: undo_preview.undo_preview(database, import_id))

    def close(self, month: str, *, note: str = "", account: str | None = None, force_reason: str | None = None) -> list[Closed]:
        """Close a month (`YYYY-MM`) of an account, or of every account with evidence of it that is open; return one Closed per account.

        Raises IncompleteError or UnreconciledError where a check fails and there is no `force_reason`, and UsageError where there is
        nothing to close.
        """
        from analytics.operations import close_month

        return close_month.close_month(self.directory, month, self._clock, note=note, account=account, force_reason=force_reason)

    def reopen(self, month: str, *, reason: str, account: str | None = None) -> list[str]:
        """Reopen a closed month (`YYYY-MM`) of an account, or of all; return the accounts. Raises UsageError where it is not closed."""
        from analytics.operations import close_month

        return close_month.reopen_month(self.directory, month, self._clock, reason=reason, account=account)

    def feedback(self, key: str, verdict: str, *, start: str, end: str, account: str | None = None, note: str = "") -> Feedback:
        """Record and return feedback on the days of a key from `start` to before `end`, both `YYYY-MM-DD`.

        `verdict` is `yes` (the days were unusual), `no` (they were usual), `planned` (unusual, as planned) or `withdrawn` (no feedback
        any more). Raises UsageError for an unknown verdict, for what is not a day, and where `key` names no key or several.
        """
        from analytics.core.period import Period, day
        from analytics.operations import record_feedback

        return record_feedback.record_feedback(
            self.directory, key, verdict, Period(day(start), day(end)), self._clock, account=account, note=note
        )

    def audit(self) -> Frame:
        """Return one row per act of the journal: when, by whom, what and its hash. Raises EvidenceError where the hash chain is broken."""
        from analytics.operations import audit

        return audit.audit(self.directory)

    def rebuild(self) -> Path:
        """Build the database again from the evidence and the journal; return its path. Raises EvidenceError where either is damaged."""
        from analytics.operations import import_exports

        return import_exports.rebuild_all(self.directory)

    def verify(self) -> list[Check]:
        """Check evidence, journal and database against each other; return one Check per part, with what is wrong in it."""
        from analytics.operations import verify

        return verify.verify(self.directory)

    def report(self, name: str, **arguments: Unpack[ReportArguments]) -> Frame:
        """Return the frame of a report; see `answer` for the arguments and for what it raises."""
        return self.answer(name, **arguments).frame

    def answer(self, name: str, **arguments: Unpack[ReportArguments]) -> Report:
        """Return the report `name` for a month (`YYYY-MM` or `latest`), for the days from `start` to before `end`, or for all days.

        `account`, `currency`, `keys` (masks or names) and `models` are its scope. Reports with a choice of breakdown take
        `grain` (`hour`, `day`, `week` or `month`) and `by` (`key`, `model` or `total`), and list the `top` largest one by one. Reports
        that compare do so `against` a month (`YYYY-MM`) or a range (`2026-06-01..2026-06-15`, the last day exclusive), or with
        the like period before.

        Raises UsageError for an unknown report, period, account, currency, key or model, and for an argument that the report does not
        take.
        """
        from analytics.reports import registry
        from analytics.reports.arguments import resolve
        from analytics.settings.snapshot import NO_SETTINGS

        settings = self.settings_snapshot() if registry.depends_on_settings(name, arguments.get("by")) else NO_SETTINGS
        return self._query(lambda database: registry.report(database, name, *resolve(database, name, arguments), settings))

    def what_if(
        self,
        *,
        off_peak_ratio: Decimal | None = None,
        cache_hit_ratio: Decimal | None = None,
        as_models: Mapping[str, str] | None = None,
        price_file: str | Path | None = None,
        traffic: Mapping[str | None, Decimal] | None = None,
        **narrowed: Unpack[ScopeArguments],
    ) -> WhatIf:
        """Return what each key would have cost under assumptions, in exact decimals; period and scope are those of `answer`.

        `off_peak_ratio` is the share of peak usage that moves off-peak, `cache_hit_ratio` the share of input tokens that hit the cache;
        `as_models` prices a model as another, `price_file` is a CSV like price-history, `traffic` a factor per key (None: all others).
        Raises UsageError as `what_if.what_if` does.
        """
        from analytics.analysis.repricing import Assumptions
        from analytics.reports import arguments
        from analytics.reports import price_file as files
        from analytics.reports.what_if import what_if

        prices = files.read(Path(price_file)) if price_file else {}
        assumed = Assumptions(as_models or {}, prices, off_peak_ratio, cache_hit_ratio)
        return self._query(lambda database: what_if(database, arguments.scope_from(database, narrowed), assumed, traffic or {}))

    def compare(self, *pair: str, against: str | None = None, **narrowed: Unpack[ScopeArguments]) -> Frame:
        """Return a comparison: of the two keys of `pair`, the first as the base, or of each key in the period of the scope with `against`.

        `against` is `YYYY-MM` or `DATE..DATE`; period and scope are those of `answer`. Raises UsageError for neither or both, for a
        name that several keys share, and as `answer` does.
        """
        from analytics.reports import arguments, comparison

        return self._query(lambda database: comparison.compared(database, arguments.scope_from(database, narrowed), pair, against))

    def document(self, name: str, **arguments: Unpack[ReportArguments]) -> Document:
        """Return the report `name`, or the pack `month-pack`, as a document for the writers; see `answer` for the arguments.

        Raises UsageError as `answer` does, and for a pack whose period is not a calendar month or that is narrowed to keys or models.
        """
        from analytics.reports import registry

        if name not in registry.PACKS:
            return registry.document_from_report(self.answer(name, **arguments))
        from analytics.reports.month_pack import month_pack

        settings = self.settings_snapshot()
        return self._query(lambda database: month_pack(database, registry.scope(database, arguments), settings))

    def plan(self) -> Plan:
        """Return the plan of a run by the settings: inbox, schedules and notifications.

        Raises UsageError where there are no settings, and SettingsError with everything that is wrong in them.
        """
        from analytics.automation.schedules.from_settings import plan

        return plan(self.settings(), os.environ, self.settings_snapshot())

    def run(self, *, is_dry: bool = False) -> Outcome:
        """Import new exports of the inboxes, write the reports that are due, send notifications; return the run result.

        `is_dry` changes nothing: the result lists what would be imported and written.

        Raises BusyError while another run is active, and UsageError where nothing is configured.
        """
        from analytics.automation import run

        return (run.preview if is_dry else run.run)(self.directory, self.plan(), self._clock)

    def schedules(self) -> Frame:
        """Return one row per period of each schedule, with its status: written, due, waiting for days, or failing and why."""
        from analytics.automation.schedules import agenda, status_table

        return status_table.frame(agenda.latest_agenda(self.directory, self.plan(), self._clock()))

    def focus(self, target: str | Path | BinaryIO, format_name: str = "csv", **arguments: Unpack[ReportArguments]) -> Export:
        """Write the charges by FOCUS 1.2 as `csv` or `parquet`, in batches of constant memory; see `answer` for the arguments.

        With a path, FILE.metadata.json is written next to it. Raises UsageError as `answer` does, and FocusRefused, before anything is
        written, for charges that break a rule, differ from the bill, or are of an unknown currency.
        """
        from analytics.reports.arguments import resolve
        from analytics.reports.focus import export
        from analytics.writers import stream_writer

        write = export.Format(format_name, stream_writer(format_name))
        settings = self.settings_snapshot()

        def exported(database: Database) -> Export:
            query = export.ExportRequest(*resolve(database, "focus", arguments), settings)
            if isinstance(target, (str, Path)):
                return export.to_file(database, query, Path(target), write)
            return export.to_stream(database, query, target, write)

        return self._query(exported)

    def imports(self) -> Frame:
        """Return one row per import, undone ones too, with the number of days that it is the source of now."""
        return self._query(lambda database: database.query("imports", "SELECT * FROM imports ORDER BY import_id"))

    def sql(self, statement: str, *, most_rows: int | None = None, seconds: float | None = None) -> Frame:
        """Return the rows of one SELECT over the views, at most `most_rows` of them; files and settings are out of its reach.

        Raises UsageError for any other statement, and for one that takes longer than `seconds`.
        """
        return self._query(lambda database: database.user_query(statement, most_rows, seconds))

    def generation(self) -> str | None:
        """Return the identity of the newest published database, which changes with every import, close or feedback; None without one.

        Publishes what a first import stored and left unpublished when it was stopped.
        """
        from analytics.ledger.database import generations

        newest = generations.current(self.directory)
        if newest is None and self.directory.journal.exists():
            self.imports()
            newest = generations.current(self.directory)
        if newest is None:
            return None
        # A ledger that was rebuilt from nothing uses the names of its files again.
        file_stat = newest.stat()
        return f"{newest}:{file_stat.st_ino}:{file_stat.st_mtime_ns}"

    def keep_open(self) -> AbstractContextManager[object]:
        """Return the newest published database, open for reading until it is closed: each report then opens it in 1 ms instead of 30.

        Raises StoreError where it cannot be read.
        """
        from contextlib import nullcontext

        from analytics.ledger.database import generations
        from analytics.ledger.database.connection import Database

        newest = generations.current(self.directory)
        return Database(newest) if newest else nullcontext()

    def _query(self, query: Callable[[Database], T]) -> T:
        from analytics.operations.replay import query_latest

        answer = query_latest(self.directory, query)
        if answer is None:
            raise UsageError("no-data", f"nothing was imported into {self.directory.root} yet", "keyspend import PATH…")
        return answer
