"""Imports, undos and feedback of a visitor, done beside the page, so that nothing that is clicked stops one half-way; it draws nothing.

A visitor's session has one act at a time. It stays until the page has told of it and it is dismissed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import streamlit as st

from analytics import AnalyticsError, Keyspend, UsageError
from analytics.dashboard import access
from analytics.dashboard.data import query_cache, uploads

if TYPE_CHECKING:
    from analytics import Frame
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

# Threads of a pool are waited for when the server ends: an import that has begun is done, or has changed nothing.
_workers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="keyspend-act")


@dataclass(frozen=True)
class Undone:
    """An undo that was done: what was foreseen, and the totals per account and currency before and after."""

    row: ImportRow
    foreseen: UndoPreview
    before: Frame
    after: Frame


@dataclass
class Act:
    """An act under way or done: `import`, `undo` or `feedback`. `done_bytes` tells how much of an import was read."""

    name: str
    result: Future[list[Outcome] | Undone | Feedback] = field(default_factory=Future)
    done_bytes: int = 0

    def advance(self, count: int) -> None:
        """Take note that so many bytes more were read."""
        self.done_bytes += count

    @property
    def error(self) -> BaseException | None:
        """Why it failed, if it did; then it has changed nothing."""
        return self.result.exception() if self.result.done() else None


def current(*names: str) -> Act | None:
    """The act of this visitor that is under way, or was done and is not dismissed yet, if it is of these names; of any where none is."""
    act = st.session_state.get(_KEY)
    return act if isinstance(act, Act) and (not names or act.name in names) else None


def is_busy() -> bool:
    """Whether an act of this visitor is under way."""
    act = current()
    return act is not None and not act.result.done()


def dismiss() -> None:
    """Forget the act that was told of."""
    st.session_state.pop(_KEY, None)


def begin_import(files: Sequence[uploads.Upload]) -> None:
    """Begin to import what was uploaded. Raises UsageError for a visitor who may not."""
    _begin(Act("import"), lambda ledger, act: _imported(ledger, files, act))


def begin_undo(import_id: int) -> None:
    """Begin to undo an import. Raises UsageError for a visitor who may not."""
    _begin(Act("undo"), lambda ledger, _act: _undone(ledger, import_id))


def begin_feedback(said: Feedback) -> None:
    """Begin to keep what was said of days of a key. Raises UsageError for a visitor who may not."""
    about = {"start": str(said.first_date), "end": str(said.end_date), "account": said.account, "note": said.note}
    _begin(Act("feedback"), lambda ledger, _act: ledger.feedback(said.api_key, said.verdict, **about))


def _begin(act: Act, work: Callable[[Keyspend, Act], Any]) -> None:
    # Controls are not drawn for viewers; what a browser sends all the same ends here.
    if not access.may_change():
        raise UsageError("viewer", "you may look, but change nothing", "ask whoever runs this dashboard")
    st.session_state[_KEY] = act
    act.result = _workers.submit(work, query_cache.ledger(), act)


def _imported(ledger: Keyspend, files: Sequence[uploads.Upload], act: Act) -> list[Outcome]:
    with uploads.saved(files) as paths:
        return ledger.import_paths(paths, progress=act.advance)


def _undone(ledger: Keyspend, import_id: int) -> Undone:
    foreseen, before = ledger.foresee_undo(import_id), ledger.sql(_TOTALS)
    return Undone(ledger.undo(import_id), foreseen, before, ledger.sql(_TOTALS))


def failed(act: Act) -> AnalyticsError | None:
    """The error of ours that an act ended with. Raises what nobody foresaw."""
    error = act.error
    if error is None or isinstance(error, AnalyticsError):
        return error
    raise error
