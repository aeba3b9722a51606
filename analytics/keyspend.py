"""The library: one object per data directory, through which the command, notebooks and pages do everything they do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from analytics.config import DataDirectory, data_directory
from analytics.errors import UsageError
from analytics.frame import Frame
from analytics.period import Period

if TYPE_CHECKING:
    from analytics.closing import Closed
    from analytics.importer import Outcome
    from analytics.reports import Report
    from analytics.store.build import ImportRow
    from analytics.store.database import Database
    from analytics.undoing import Undoing
    from analytics.verification import Check

Clock = Callable[[], datetime]
T = TypeVar("T")


def utc_now() -> datetime:
    """The time of day, naive UTC."""
    return datetime.now(UTC).replace(tzinfo=None)


class Keyspend:
    """All that is known in one data directory.

    >>> ledger = Keyspend("/var/lib/keyspend")                              # doctest: +SKIP
    >>> ledger.import_paths(["usage_data_2026_5.zip"])                      # doctest: +SKIP
    >>> ledger.report("spend-by-key", month="2026-05").to_polars()          # doctest: +SKIP
    """

    def __init__(self, data_dir: str | Path | None = None, clock: Clock = utc_now) -> None:
        self.directory: DataDirectory = data_directory(str(data_dir) if data_dir else None)
        self._clock = clock

    def import_paths(
        self, paths: Sequence[str | Path], *, without_cost: bool = False, progress: Callable[[int], None] | None = None
    ) -> list[Outcome]:
        """Import every export below `paths`; return a Receipt or a Refusal for each, first those that cannot be found."""
        from analytics import importer
        from analytics.exports import sources

        found, refused = sources.discover(Path(path) for path in paths)
        outcomes: list[Outcome] = [importer.Refusal(source.name, error) for source, error in refused]
        if found:
            outcomes += importer.import_sources(self.directory, found, self._clock, without_cost=without_cost, progress=progress)
        return outcomes

    def undo(self, import_id: int) -> ImportRow:
        """Take an import out of the set. Raises UsageError for one that is not active."""
        from analytics import importer

        return importer.undo(self.directory, import_id, self._clock)

    def foresee_undo(self, import_id: int) -> Undoing:
        """What undoing an import would change, which this does not. Raises UsageError for one that is not active."""
        from analytics import undoing

        return self._answered(lambda database: undoing.foreseen(database, import_id))

    def close(self, month: str, *, note: str = "", account: str | None = None, force_reason: str | None = None) -> list[Closed]:
        """Close a month (`YYYY-MM`) of an account, or of all that have evidence of it and are open, after its checks.

        Raises IncompleteError or UnreconciledError when a check fails and there is no `force_reason`, and UsageError when there is
        nothing to close.
        """
        from analytics import closing

        return closing.close_month(self.directory, month, self._clock, note=note, account=account, force_reason=force_reason)

    def reopen(self, month: str, *, reason: str, account: str | None = None) -> list[str]:
        """Let go of a closed month of an account, or of all; return the accounts. Raises UsageError where it is not closed."""
        from analytics import closing

        return closing.reopen_month(self.directory, month, self._clock, reason=reason, account=account)

    def audit(self) -> Frame:
        """Who did what when, one row per act, the chain proven. Raises EvidenceError where it is broken."""
        from analytics import auditing

        return auditing.audit(self.directory)

    def rebuild(self) -> Path:
        """Build the database again from the evidence alone; return its path."""
        from analytics import importer

        return importer.rebuild_all(self.directory)

    def verify(self) -> list[Check]:
        """Check evidence, journal and database against each other; return the findings."""
        from analytics import verification

        return verification.verify(self.directory)

    def report(self, name: str, **arguments: Any) -> Frame:
        """The frame of a report; see `answer` for the arguments."""
        return self.answer(name, **arguments).frame

    def answer(
        self,
        name: str,
        *,
        month: str | None = None,
        start: str | None = None,
        end: str | None = None,
        account: str | None = None,
        currency: str | None = None,
        keys: str | Sequence[str] = (),
        models: str | Sequence[str] = (),
        grain: str | None = None,
        by: str | None = None,
        top: int | None = None,
    ) -> Report:
        """The report `name` for a month (`YYYY-MM` or `latest`), for the days from `start` to before `end`, or for all days.

        `account`, `currency`, `keys` (masks or names) and `models` narrow it. Reports that leave it open are broken down by
        `grain` (`hour`, `day`, `week` or `month`) and `by` (`key`, `model` or `total`), with the `top` largest told apart.

        Raises UsageError for an unknown report, period, account, currency, key or model, and for a choice that the report has not.
        """
        from analytics import metrics, reports
        from analytics.scope import Scope

        def question(database: Database) -> Report:
            scope = Scope(self._period(database, month, start, end), account, currency, _several(keys), _several(models))
            return reports.report(database, name, scope, metrics.Choice(grain, by, top))

        return self._answered(question)

    def imports(self) -> Frame:
        """The ledger of imports, with what each owns now."""
        return self._answered(lambda database: database.query("imports", "SELECT * FROM imports ORDER BY import_id"))

    def sql(self, statement: str) -> Frame:
        """The answer to a SQL statement over the views: read-only, without access to files or settings."""
        return self._answered(lambda database: database.query("sql", statement))

    def _answered(self, question: Callable[[Database], T]) -> T:
        from analytics.replay import answered

        answer = answered(self.directory, question)
        if answer is None:
            raise UsageError("no-data", f"nothing was imported into {self.directory.root} yet", "keyspend import PATH…")
        return answer

    @staticmethod
    def _period(database: Database, month: str | None, start: str | None, end: str | None) -> Period:
        from analytics import period, scope

        if month and (start or end):
            raise UsageError("period-both", "a month and a range were given", "use --month, or --from and --to")
        if month == "latest":
            return scope.latest_complete_month(database)
        if month:
            return period.month(month)
        return Period(period.day(start) if start else None, period.day(end) if end else None)


def _several(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)
