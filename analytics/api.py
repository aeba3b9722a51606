"""The library: one object per data directory, through which the command, notebooks and pages do everything they do."""

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
    """All that is known in one data directory.

    >>> ledger = Keyspend("/var/lib/keyspend")                              # doctest: +SKIP
    >>> ledger.import_paths(["usage_data_2026_5.zip"])                      # doctest: +SKIP
    >>> ledger.report("spend-by-key", month="2026-05").to_polars()          # doctest: +SKIP
    """

    def __init__(self, data_dir: str | Path | DataDirectory | None = None, clock: Clock = utc_now) -> None:
        given = data_dir if isinstance(data_dir, DataDirectory) else data_directory(str(data_dir) if data_dir else None)
        self.directory: DataDirectory = given
        self._clock = clock

    def import_paths(
        self, paths: Sequence[str | Path], *, without_cost: bool = False, progress: Callable[[int], None] | None = None
    ) -> list[import_exports.Outcome]:
        """Import every export below `paths`; return a Receipt or a Refusal for each, first those that cannot be found."""
        from analytics.ingest import vendors
        from analytics.operations import import_exports

        found, refused = vendors.discover(Path(path) for path in paths)
        outcomes: list[import_exports.Outcome] = [import_exports.Refusal(source.name, error) for source, error in refused]
        if found:
            outcomes += import_exports.import_sources(self.directory, found, self._clock, without_cost=without_cost, progress=progress)
        return outcomes

    def undo(self, import_id: int) -> ImportRow:
        """Take an import out of the set. Raises UsageError for one that is not active."""
        from analytics.operations import import_exports

        return import_exports.undo(self.directory, import_id, self._clock)

    def settings(self) -> Settings:
        """Return the settings of keyspend.toml. Raises SettingsError with all its faults, and UsageError where a named file is missing."""
        from analytics.settings.reader import read
        from analytics.settings.sections import SECTIONS

        path = self.directory.settings
        if self.directory.settings_file and not path.exists():
            raise UsageError(
                "settings-missing", f"there is no {path}", "name another with --config, or begin it with `keyspend config init`"
            )
        return read(path, SECTIONS)

    def settings_stamp(self) -> str:
        """Return a text that changes with the files keyspend.toml and owners.csv, found without reading them."""
        from analytics.settings.owner_sources import stamp

        return stamp(self.directory.settings)

    def owner_rules(self) -> list[Rule]:
        """Return the owner rules of keyspend.toml and owners.csv. Raises SettingsError."""
        from analytics.settings.owner_sources import owner_rules

        return owner_rules(self.settings())

    def settings_snapshot(self) -> SettingsSnapshot:
        """Return the settings that reports depend on: owner rules, budgets, account names, alert floors. Raises SettingsError."""
        from analytics.settings.snapshot import snapshot

        return snapshot(self.settings())

    def assignment_coverage(self) -> AssignmentCoverage | None:
        """How far the rules about owners reach among the keys that there are; None before the first import. Raises SettingsError."""
        from analytics.operations.replay import query_latest
        from analytics.reports import owner_list

        rules = self.settings_snapshot().rules
        return query_latest(self.directory, lambda database: owner_list.assignment_coverage(database, rules))

    def owners(self) -> Frame:
        """Return every key with its owner and the time of that, keys without an owner first. Raises SettingsError."""
        from analytics.reports import owner_list

        rules = self.owner_rules()
        return self._answered(lambda database: owner_list.listed(database, rules))

    def export_owners(self, target: str | Path) -> None:
        """Write every key and its owner to a CSV that `import_owners` takes back."""
        from analytics.core.files import replace
        from analytics.reports import owner_list

        rules = self.owner_rules()
        replace(Path(target), self._answered(lambda database: owner_list.exported(database, rules)))

    def import_owners(self, source: str | Path) -> tuple[int, Path]:
        """Replace owners.csv, next to keyspend.toml, by the rules of a CSV; return their number and the path of the file.

        Raises SettingsError and changes nothing where anything is wrong.
        """
        from analytics.core.files import replace
        from analytics.reports import owner_list
        from analytics.settings import owner_sources

        settings, content = self.settings(), Path(source).read_bytes()
        found = self._answered(lambda database: owner_list.checked(database, Path(source).name, content, settings))
        replace(owner_sources.owners_csv_path(settings), content)
        return len(found), owner_sources.owners_csv_path(settings)

    def preview_undo(self, import_id: int) -> UndoPreview:
        """What undoing an import would change, which this does not. Raises UsageError for one that is not active."""
        from analytics.operations import undo_preview

        return self._answered(lambda database: undo_preview.undo_preview(database, import_id))

    def close(self, month: str, *, note: str = "", account: str | None = None, force_reason: str | None = None) -> list[Closed]:
        """Close a month (`YYYY-MM`) of an account, or of all that have evidence of it and are open, after its checks.

        Raises IncompleteError or UnreconciledError when a check fails and there is no `force_reason`, and UsageError when there is
        nothing to close.
        """
        from analytics.operations import close_month

        return close_month.close_month(self.directory, month, self._clock, note=note, account=account, force_reason=force_reason)

    def reopen(self, month: str, *, reason: str, account: str | None = None) -> list[str]:
        """Let go of a closed month of an account, or of all; return the accounts. Raises UsageError where it is not closed."""
        from analytics.operations import close_month

        return close_month.reopen_month(self.directory, month, self._clock, reason=reason, account=account)

    def feedback(self, key: str, verdict: str, *, start: str, end: str, account: str | None = None, note: str = "") -> Feedback:
        """Record feedback on days of a key: unusual (`yes`), usual (`no`), `planned`, or none any more (`withdrawn`).

        Raises UsageError for what is no day, verdict or single key.
        """
        from analytics.core.period import Period, day
        from analytics.operations import record_feedback

        return record_feedback.record_feedback(
            self.directory, key, verdict, Period(day(start), day(end)), self._clock, account=account, note=note
        )

    def audit(self) -> Frame:
        """Who did what when, one row per act, the chain proven. Raises EvidenceError where it is broken."""
        from analytics.operations import audit

        return audit.audit(self.directory)

    def rebuild(self) -> Path:
        """Build the database again from the evidence alone; return its path."""
        from analytics.operations import import_exports

        return import_exports.rebuild_all(self.directory)

    def verify(self) -> list[Check]:
        """Check evidence, journal and database against each other; return the findings."""
        from analytics.operations import verify

        return verify.verify(self.directory)

    def report(self, name: str, **arguments: Unpack[ReportArguments]) -> Frame:
        """The frame of a report; see `answer` for the arguments."""
        return self.answer(name, **arguments).frame

    def answer(self, name: str, **arguments: Unpack[ReportArguments]) -> Report:
        """The report `name` for a month (`YYYY-MM` or `latest`), for the days from `start` to before `end`, or for all days.

        `account`, `currency`, `keys` (masks or names) and `models` narrow it. Reports that leave it open are broken down by
        `grain` (`hour`, `day`, `week` or `month`) and `by` (`key`, `model` or `total`), with the `top` largest on their own. Reports
        that compare do so `against` a month (`YYYY-MM`) or a range (`2026-06-01..2026-06-15`, the last day exclusive), or with
        the like period before.

        Raises UsageError for an unknown report, period, account, currency, key or model, and for a choice that the report has not.
        """
        from analytics.reports import registry
        from analytics.reports.arguments import resolve
        from analytics.settings.snapshot import NO_SETTINGS

        settings = self.settings_snapshot() if registry.depends_on_settings(name, arguments.get("by")) else NO_SETTINGS
        return self._answered(lambda database: registry.report(database, name, *resolve(database, name, arguments), settings))

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
        """What each key would have cost under assumptions, exactly; period and scope are those of `answer`.

        `off_peak_ratio` is the share bought at peak that moves to off-peak, `cache_hit_ratio` that of the input that hits, `as_models`
        gives a model another's prices, `price_file` is a CSV like price-history, `traffic` a factor per key, None for all others.
        Raises UsageError as `what_if.what_if` does.
        """
        from analytics.analysis.repricing import Assumptions
        from analytics.reports import arguments
        from analytics.reports import price_file as files
        from analytics.reports.what_if import what_if

        prices = files.read(Path(price_file)) if price_file else {}
        assumed = Assumptions(as_models or {}, prices, off_peak_ratio, cache_hit_ratio)
        return self._answered(lambda database: what_if(database, arguments.scope_from(database, narrowed), assumed, traffic or {}))

    def compare(self, *pair: str, against: str | None = None, **narrowed: Unpack[ScopeArguments]) -> Frame:
        """Return two keys side by side, the first as the one before; or every key in the period `against` and in that of the scope.

        `against` is `YYYY-MM` or `DATE..DATE`; period and scope are those of `answer`. Raises UsageError for neither or both, for a
        name that several keys have, and as `answer` does.
        """
        from analytics.reports import arguments, comparison

        return self._answered(lambda database: comparison.compared(database, arguments.scope_from(database, narrowed), pair, against))

    def document(self, name: str, **arguments: Unpack[ReportArguments]) -> Document:
        """The report `name`, or the pack `month-pack`, for writers of documents; see `answer` for the arguments.

        Raises UsageError as `answer` does, and for a pack of no calendar month, or of single keys or models.
        """
        from analytics.reports import registry

        if name not in registry.PACKS:
            return registry.document_from_report(self.answer(name, **arguments))
        from analytics.reports.month_pack import month_pack

        settings = self.settings_snapshot()
        return self._answered(lambda database: month_pack(database, registry.scope(database, arguments), settings))

    def plan(self) -> Plan:
        """What runs are to do, by the settings. Raises UsageError where there are none, SettingsError where any is wrong."""
        from analytics.automation.schedules.from_settings import plan

        return plan(self.settings(), os.environ, self.settings_snapshot())

    def run(self, *, is_dry: bool = False) -> Outcome:
        """Import what is new in the inboxes, write what is due, send notices; `is_dry` only lists what would be imported and written.

        Raises BusyError while another run is at work, and UsageError where nothing is configured.
        """
        from analytics.automation import run

        return (run.preview if is_dry else run.run)(self.directory, self.plan(), self._clock)

    def schedules(self) -> Frame:
        """The periods of all schedules, and where they stand: written, due, waiting for days, or failing and why."""
        from analytics.automation.schedules import agenda, status_table

        return status_table.frame(agenda.latest_agenda(self.directory, self.plan(), self._clock()))

    def focus(self, target: str | Path | BinaryIO, format_name: str = "csv", **arguments: Unpack[ReportArguments]) -> Export:
        """Write the charges by FOCUS 1.2 as `csv` or `parquet`, however many there are; see `answer` for the arguments.

        A path gets FILE.metadata.json next to it. Raises UsageError as `answer` does, and FocusRefused, before anything is
        written, for charges that break a rule, miss the bill, or are of a currency that nobody knows.
        """
        from analytics.reports.arguments import resolve
        from analytics.reports.focus import export
        from analytics.writers import stream_writer

        write = export.Format(format_name, stream_writer(format_name))
        settings = self.settings_snapshot()

        def exported(database: Database) -> Export:
            question = export.Question(*resolve(database, "focus", arguments), settings)
            if isinstance(target, (str, Path)):
                return export.to_file(database, question, Path(target), write)
            return export.to_stream(database, question, target, write)

        return self._answered(exported)

    def imports(self) -> Frame:
        """Return the imports, each with the days whose source it is now."""
        return self._answered(lambda database: database.query("imports", "SELECT * FROM imports ORDER BY import_id"))

    def sql(self, statement: str, *, most_rows: int | None = None, seconds: float | None = None) -> Frame:
        """The answer to one SELECT over the views, or its first rows: no files, no settings. Raises UsageError for all else and if slow."""
        return self._answered(lambda database: database.user_query(statement, most_rows, seconds))

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

    def _answered(self, question: Callable[[Database], T]) -> T:
        from analytics.operations.replay import query_latest

        answer = query_latest(self.directory, question)
        if answer is None:
            raise UsageError("no-data", f"nothing was imported into {self.directory.root} yet", "keyspend import PATH…")
        return answer
