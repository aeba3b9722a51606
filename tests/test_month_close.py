"""Closing a month on the command line, from the first import to the notice of what comes late."""

import json

import pytest
from click.testing import CliRunner

from analytics import AnalyticsError
from analytics.cli import main
from tests.conftest import SAMPLES

APRIL, MAY = (SAMPLES / "main-account" / f"usage_data_2026_{month}.zip" for month in (4, 5))
PARTIAL = SAMPLES / "main-account" / "usage_data_2026-07-01_2026-07-30.zip"
LATER = SAMPLES / "main-account" / "usage_data_2026-07-30_2026-08-03.zip"


def run(ledger, *arguments):
    """The command over a ledger: exit code, stdout, stderr."""
    result = CliRunner().invoke(main, ["--data-dir", str(ledger.directory.root), *arguments])
    return result.exit_code, result.stdout, result.stderr


def spent(ledger, month):
    """What each key cost in a month."""
    return ledger.report("spend-by-key", month=month).rows


def status(ledger):
    """Open or closed, and how often it was closed, by month."""
    return {row["billing_period"]: (row["status"], row["revision"]) for row in ledger.report("months").records()}


def test_a_closed_month_stays_as_it_was_closed(ledger):
    """Evidence that comes after the close is kept and listed, and changes no figure of the month before it is opened again."""
    ledger.import_paths([MAY, PARTIAL])
    before = spent(ledger, "2026-07")
    assert run(ledger, "close", "2026-07", "--note", "n", "--force", "--reason", "the vendor is late")[0] == 0

    (told,) = ledger.import_paths([LATER])
    assert "late-evidence" in {finding.code for finding in told.findings}
    assert spent(ledger, "2026-07") == before
    late = list(ledger.report("late-adjustments").records())
    assert {row["charge_class"] for row in late} == {"Correction"}
    change = sum(row["computed_change_cost"] for row in late if row["section"] == "model")
    assert change > 0
    assert any("late evidence" in note for note in ledger.answer("spend-by-key", month="2026-07").notes)
    ledger.rebuild()
    assert spent(ledger, "2026-07") == before
    assert all(check.holds for check in ledger.verify())

    assert run(ledger, "reopen", "2026-07", "--reason", "now it is complete")[0] == 0
    after = spent(ledger, "2026-07")
    assert sum(row[4] for row in after) - sum(row[4] for row in before) == change
    assert ledger.report("late-adjustments").rows == []
    assert status(ledger)["2026-07"] == ("open", 1)
    assert all(check.holds for check in ledger.verify())


def test_closing_again_counts_revisions(ledger):
    """A month is closed once until it is opened, which needs a reason; each close is a revision."""
    ledger.import_paths([MAY])

    assert run(ledger, "close", "2026-05", "--note", "done")[0] == 0
    assert run(ledger, "close", "2026-05", "--note", "again")[0] == 2
    assert run(ledger, "reopen", "2026-05")[0] == 2
    assert run(ledger, "reopen", "2026-05", "--reason", "a mistake")[0] == 0
    assert run(ledger, "reopen", "2026-05", "--reason", "a mistake")[0] == 2
    assert run(ledger, "close", "2026-05", "--note", "done")[0] == 0
    assert status(ledger) == {"2026-05": ("closed", 2)}


@pytest.mark.parametrize(
    ("exports", "month", "code", "exit_code"),
    [
        ([PARTIAL], "2026-07", "month-incomplete", 5),
        ([MAY], "2026-06", None, 2),
        ([MAY], "2027-01", None, 2),
        ([MAY], "May", "period-month", 2),
    ],
)
def test_what_cannot_be_closed_is_refused(ledger, exports, month, code, exit_code):
    """A month in doubt, without evidence or not over is not closed; nothing is written, and why is said with the days."""
    ledger.import_paths(exports)
    journal = ledger.directory.journal.read_bytes()

    exited, stdout, stderr = run(ledger, "close", month, "--note", "n")

    assert (exited, stdout) == (exit_code, "")
    assert code is None or f"[{code}]" in stderr
    assert ledger.directory.journal.read_bytes() == journal


def test_an_import_of_a_closed_month_cannot_be_undone(ledger):
    """What a closed month is made of stays; other imports can be undone."""
    ledger.import_paths([APRIL])
    ledger.import_paths([MAY])
    run(ledger, "close", "2026-05", "--note", "done")
    closed = spent(ledger, "2026-05")

    with pytest.raises(AnalyticsError) as caught:
        ledger.undo(2)
    assert caught.value.code == "import-closed"
    ledger.undo(1)
    assert spent(ledger, "2026-05") == closed
    assert spent(ledger, "2026-04") == []


def test_the_audit_tells_who_did_what(ledger):
    """Every act is told with its time, and the chain is proved; a changed line ends it with exit code 1."""
    ledger.import_paths([MAY])
    run(ledger, "close", "2026-05", "--note", "done", "--force", "--reason", "why not")
    run(ledger, "reopen", "2026-05", "--reason", "a mistake")

    exited, stdout, _ = run(ledger, "audit", "--format", "json")
    acts = json.loads(stdout)
    assert exited == 0
    assert [act["act"] for act in acts] == ["import", "close", "reopen"]
    assert "a mistake" in acts[2]["details"]
    journal = ledger.directory.journal
    journal.write_bytes(journal.read_bytes().replace(b"a mistake", b"no mistake"))
    assert run(ledger, "audit")[0] == 1


def test_the_order_of_imports_before_a_close_does_not_matter(ledger, tmp_path):
    """Closed totals and the hash of the evidence are those of the set."""
    from analytics import Keyspend

    other = Keyspend(tmp_path / "other", clock=ledger._clock)
    ledger.import_paths([APRIL, MAY])
    for path in (MAY, APRIL):
        other.import_paths([path])
    told = [run(one, "close", "2026-05", "--note", "n")[2] for one in (ledger, other)]

    assert told[0] == told[1]
    assert spent(ledger, "2026-05") == spent(other, "2026-05")


def test_late_evidence_is_news_once(ledger):
    """A run notes what came late for a closed month, once and without a key; the next has nothing to say."""
    ledger.import_paths([MAY, PARTIAL])
    run(ledger, "close", "2026-07", "--force", "--reason", "the vendor is late")
    ledger.import_paths([LATER])
    ledger.directory.settings.write_text("", encoding="utf-8")
    change = sum(row["computed_change_cost"] for row in ledger.report("late-adjustments").records() if row["section"] == "model")

    assert run(ledger, "run")[0] == 0
    assert run(ledger, "run")[0] == 0

    (line,) = [line for line in (ledger.directory.root / "notices.log").read_text().splitlines() if "late adjustments" in line]
    assert f"{change.normalize():f} CNY" in line
    assert "sk-" not in line
