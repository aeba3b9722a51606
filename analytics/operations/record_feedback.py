"""The act `feedback`: a verdict on days of a key, which changes the hot keys that are reported and no amount."""

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
    """Commit and return feedback on days of the one key that `key` names, by its mask or one of its names.

    Raises UsageError for an unknown verdict or key, for a name of several keys, and for a period with an open side.
    """
    if verdict not in FEEDBACK_VALUES:
        raise UsageError("verdict-unknown", f"there is no verdict {quoted(verdict)}", f"known: {', '.join(FEEDBACK_VALUES)}")
    if days.start is None or days.end is None:
        raise UsageError("period-open", "feedback is about days from a first to a last", "use --from and --to")
    now = clock()
    with writing(directory, "feedback"):
        path = latest_generation(directory)
        with Database(path) as database:
            key_account, mask = _single_key(database, key, account)
        assessment = Feedback(key_account, mask, days.start, days.end, verdict, sanitize_note(note))
        commit_acts(directory, path, now, "feedback", [{"user": user(), **assessment.arguments()}], feedback)
    return assessment


def _single_key(database: Database, key: str, account: str | None) -> tuple[str, str]:
    """Return the account and the mask of the one key that `key` names. Raises UsageError for no key or several."""
    scope = Scope(account=account, keys=(key,))
    check(database, scope)
    matches = rows(database, SELECTED_KEYS, scope)
    if len(matches) != 1:
        known = ", ".join(f"{mask} of {key_account}" for key_account, mask in matches) or "none of this account"
        raise UsageError("key-ambiguous", f"{quoted(key)} is the name of several keys, or of none here", f"name one: {known}")
    return matches[0]
