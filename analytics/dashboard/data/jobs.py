"""Background jobs of a visitor: imports, undos and feedback in threads of their own, so that no click on the page interrupts one.

The session of a visitor has one job at a time, which stays until its result is dismissed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import streamlit as st

from analytics.api import Keyspend
from analytics.core.errors import AnalyticsError, UsageError
from analytics.dashboard import access
from analytics.dashboard.data import query_cache, uploads

if TYPE_CHECKING:
    from analytics.core.frame import Frame
    from analytics.ledger.database.builder import ImportRow
    from analytics.ledger.feedback import Feedback
    from analytics.operations.import_exports import Outcome
    from analytics.operations.undo_preview import UndoPreview

_KEY = "act"
_TOTALS = """
SELECT
    account,
    currency,
    sum(billed_cost)::DECIMAL(38, 18) AS billed_cost,
    sum(computed_cost)::DECIMAL(38, 18) AS computed_cost,
    count(DISTINCT charge_date) AS days
FROM reconciliation
GROUP BY account, currency
ORDER BY account, currency"""

# The server waits for the threads of a pool when it ends: an import that has begun finishes, or has changed nothing.
_workers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="keyspend-act")


@dataclass(frozen=True)
class UndoResult:
    """The result of an undo: its preview, and the totals per account and currency before and after."""

    row: ImportRow
    preview: UndoPreview
    before: Frame
    after: Frame


@dataclass
class Job:
    """A running or finished job: `import`, `undo` or `feedback`. `done_bytes` is how much of an import was read."""

    name: str
    result: Future[list[Outcome] | UndoResult | Feedback] = field(default_factory=Future)
    done_bytes: int = 0

    def add_bytes(self, count: int) -> None:
        """Add to the bytes that were read."""
        self.done_bytes += count

    @property
    def error(self) -> BaseException | None:
        """Why the job failed, or None; a failed job has changed nothing."""
        return self.result.exception() if self.result.done() else None


def current(*names: str) -> Job | None:
    """Return the job of this visitor that runs, or whose result is not dismissed, if it has one of these names; of any without names."""
    job = st.session_state.get(_KEY)
    return job if isinstance(job, Job) and (not names or job.name in names) else None


def is_busy() -> bool:
    """Return whether a job of this visitor runs."""
    job = current()
    return job is not None and not job.result.done()


def dismiss() -> None:
    """Forget the job of this visitor and its result."""
    st.session_state.pop(_KEY, None)


def begin_import(files: Sequence[uploads.Upload]) -> None:
    """Begin to import uploaded files. Raises UsageError for a visitor who may not."""
    _begin(Job("import"), lambda ledger, job: _run_import(ledger, files, job))


def begin_undo(import_id: int) -> None:
    """Begin to undo an import. Raises UsageError for a visitor who may not."""
    _begin(Job("undo"), lambda ledger, _job: _run_undo(ledger, import_id))


def begin_feedback(feedback: Feedback) -> None:
    """Begin to record feedback about days of a key. Raises UsageError for a visitor who may not."""
    scope = {"start": str(feedback.first_date), "end": str(feedback.end_date), "account": feedback.account, "note": feedback.note}
    _begin(Job("feedback"), lambda ledger, _job: ledger.feedback(feedback.api_key, feedback.verdict, **scope))


def _begin(job: Job, work: Callable[[Keyspend, Job], Any]) -> None:
    # Viewers see no controls; a forged request ends here.
    if not access.may_change():
        raise UsageError("viewer", "you may look, but change nothing", "ask whoever runs this dashboard")
    st.session_state[_KEY] = job
    job.result = _workers.submit(work, query_cache.ledger(), job)


def _run_import(ledger: Keyspend, files: Sequence[uploads.Upload], job: Job) -> list[Outcome]:
    with uploads.saved_files(files) as paths:
        return ledger.import_paths(paths, progress=job.add_bytes)


def _run_undo(ledger: Keyspend, import_id: int) -> UndoResult:
    preview, before = ledger.preview_undo(import_id), ledger.sql(_TOTALS)
    return UndoResult(ledger.undo(import_id), preview, before, ledger.sql(_TOTALS))


def error_of(job: Job) -> AnalyticsError | None:
    """Return the AnalyticsError that a job ended with, or None. Raises any other error of it."""
    error = job.error
    if error is None or isinstance(error, AnalyticsError):
        return error
    raise error
