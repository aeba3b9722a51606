"""The act `feedback`: a person's feedback on days of a key. It changes no figure, only which hot keys are reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.core.clock import Clock
from analytics.core.errors import UsageError, quoted
from analytics.ledger.database.connection import Database
from analytics.ledger.feedback import FEEDBACK_VALUES, Feedback
from analytics.operations.commit import commit_acts, sanitize_note, user
from analytics.operations.replay import feedback, latest_generation, writing
from analytics.reports.query import rows
from analytics.reports.scope import Scope, check
from analytics.reports.statements import SELECTED_KEYS

if TYPE_CHECKING:
    from analytics.core.data_directory import DataDirectory
    from analytics.core.period import Period


def record_feedback(
    directory: DataDirectory, key: str, verdict: str, days: Period, clock: Clock, *, account: str | None = None, note: str = ""
) -> Feedback:
    """Keep a verdict on days of the one key that `key` names, by its mask or a name it has had.

    Raises UsageError for a verdict or a key that is none, for a name of several keys, and for days without a first and a last.
    """
    if verdict not in FEEDBACK_VALUES:
        raise UsageError("verdict-unknown", f"there is no verdict {quoted(verdict)}", f"known: {', '.join(FEEDBACK_VALUES)}")
    if days.start is None or days.end is None:
        raise UsageError("period-open", "feedback is about days from a first to a last", "use --from and --to")
    now = clock()
    with writing(directory, "feedback"):
        path = latest_generation(directory)
        with Database(path) as database:
            owner, mask = _meant(database, key, account)
        assessment = Feedback(owner, mask, days.start, days.end, verdict, sanitize_note(note))
        commit_acts(directory, path, now, "feedback", [{"user": user(), **assessment.arguments()}], feedback)
    return assessment


def _meant(database: Database, key: str, account: str | None) -> tuple[str, str]:
    """The account and the mask of the key that is named."""
    scope = Scope(account=account, keys=(key,))
    check(database, scope)
    found = rows(database, SELECTED_KEYS, scope)
    if len(found) != 1:
        known = ", ".join(f"{mask} of {owner}" for owner, mask in found) or "none of this account"
        raise UsageError("key-ambiguous", f"{quoted(key)} is the name of several keys, or of none here", f"name one: {known}")
    return found[0]
