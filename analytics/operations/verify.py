"""The verification of a ledger: evidence, journal and database compared with each other, digit for digit, without repair."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from analytics.core.data_directory import DataDirectory
from analytics.core.errors import EvidenceError, ImportRefused
from analytics.ledger import evidence, journal
from analytics.ledger.database import generations
from analytics.ledger.database.connection import Database
from analytics.ledger.database.take_snapshot import take_snapshot
from analytics.ledger.month_snapshot import MonthSnapshot, month_date
from analytics.operations.replay import build_from_evidence, roll_forward, scratch, writing

VIEWS = (
    "usage",
    "monthly_usage",
    "billing",
    "reconciliation",
    "owned_day",
    "api_key_name",
    "imports",
    "closing",
    "late_adjustment",
    "key_feedback",
)


@dataclass(frozen=True)
class Check:
    """The result of one check: its name, whether it holds, and what was checked or what is wrong."""

    name: str
    holds: bool
    detail: str


def verify(directory: DataDirectory) -> list[Check]:
    """Return the checks of the journal's chain, of every active export, of the database against a rebuild, and of every closed month.

    Raises BusyError while another process writes, and StoreError when the disk refuses.
    """
    with writing(directory, "verify"):
        try:
            acts = journal.read(directory.journal)
        except EvidenceError as error:
            return [Check("journal", False, error.message)]
        checks = [Check("journal", True, f"{len(acts)} acts, one unbroken chain")]
        checks += _evidence(directory, acts)
        if all(check.holds for check in checks):
            checks += _database(directory, acts)
    return checks


def _database(directory: DataDirectory, acts: list[journal.Act]) -> list[Check]:
    published = generations.current(directory)
    if published and generations.head(directory) is None:
        return [Check("database", False, f"{published.name} cannot be read whole; run `keyspend rebuild`")]
    try:
        roll_forward(directory)
        return _rebuilt(directory, acts)
    except EvidenceError as error:
        return [Check("journal", False, error.message)]
    except ImportRefused as error:
        return [Check("evidence", False, f"it is refused now: {error.message}")]


def _evidence(directory: DataDirectory, acts: list[journal.Act]) -> list[Check]:
    undone = {act.arguments["import_id"] for act in acts if act.act == "undo"}
    active = [act for act in acts if act.act == "import" and act.seq not in undone]
    failed = []
    for act in active:
        try:
            evidence.evidence(directory.exports, act.arguments["sha256"])
        except EvidenceError as error:
            failed.append(Check("evidence", False, f"import {act.seq}: {error.message}"))
    return failed or [Check("evidence", True, f"{len(active)} exports, each with the bytes that came")]


def _rebuilt(directory: DataDirectory, acts: list[journal.Act]) -> list[Check]:
    current = generations.current(directory)
    if current is None:
        return [Check("database", True, "there is none, because nothing was imported")]
    with scratch(directory) as folder:
        rebuilt_path = build_from_evidence(directory, acts, folder / "rebuilt.duckdb")
        with Database(current) as published, Database(rebuilt_path) as rebuilt:
            different = [view for view in VIEWS if fingerprint(published, view) != fingerprint(rebuilt, view)]
            months = list(_months(rebuilt, acts))
    if different:
        database = Check("database", False, f"differs from the evidence in: {', '.join(different)}; run `keyspend rebuild`")
    else:
        database = Check("database", True, f"{current.name} equals a rebuild from the evidence, digit for digit")
    return [database, *months]


def _months(rebuilt: Database, acts: list[journal.Act]) -> Iterator[Check]:
    """Yield the checks of closed months: day sources, totals and the hash of the evidence, computed again, against the act of the close."""
    closed: dict[tuple[str, date], journal.Act] = {}
    for act in acts:
        if act.act in ("close", "reopen"):
            month = act.arguments["account"], month_date(act.arguments)
            closed.pop(month, None)
            closed |= {month: act} if act.act == "close" else {}
    changed = [act for (account, month), act in closed.items() if not _is_kept(take_snapshot(rebuilt, account, month), act)]
    for act in changed:
        arguments = act.arguments
        yield Check("months", False, f"{arguments['month']} of {arguments['account']} is not what act {act.seq} closed")
    if closed and not changed:
        yield Check("months", True, f"{len(closed)} closed, each with the owners, totals and evidence of its act")


def _is_kept(snapshot: MonthSnapshot, act: journal.Act) -> bool:
    return snapshot == MonthSnapshot.of(act.arguments) and snapshot.evidence_sha256 == act.arguments["evidence_sha256"]


def fingerprint(database: Database, view: str) -> tuple[int, str]:
    """Return the number of rows of a view and a hash of all its values, independent of their order."""
    columns = database.query(view, f"SELECT * FROM {view} LIMIT 0").names
    text = " || chr(31) || ".join(f"coalesce(CAST({name} AS VARCHAR), chr(30))" for name in columns)
    ((rows, total, mixed),) = database.query(
        view,
        f"""SELECT count(*), coalesce(sum(hash(line)::HUGEINT), 0), coalesce(bit_xor(md5_number(line)), 0)
        FROM (SELECT {text} AS line FROM {view})""",
    ).rows
    return rows, f"{total:x}-{mixed:x}"
