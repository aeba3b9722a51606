"""Closing a month: its checks, what is frozen, and that nothing that comes later changes it until it is reopened."""

import json
import shutil
import subprocess
import sys
from datetime import date, datetime
from hashlib import sha256

import pytest
from click.testing import CliRunner
from hypothesis import strategies as st

from analytics import EvidenceError, IncompleteError, Keyspend, UnreconciledError, UsageError
from analytics.cli.main import main
from analytics.ledger import journal
from analytics.ledger.journal import Act
from analytics.ledger.month_snapshot import MonthSnapshot
from tests.conftest import NOW, SAMPLES
from tests.support.exports_for import assert_whole
from tests.support.generated import MASK, cases, export
from tests.support.laws import imported, law, ledger_of
from tests.support.oracle import Oracle
from tests.support.troubled_exports import PARTIAL, WRONG_BY, troubled, wrong_bill

MAIN = SAMPLES / "main-account"
JUNE, LATER = MAIN / "usage_data_2026_6.zip", MAIN / "usage_data_2026-07-30_2026-08-03.zip"
ACCOUNT = "acct-6b625745a1"
FACTS = """SELECT account, charge_date, api_key, model, meter, unit_price, currency, quantity, computed_cost, is_complete, is_reconciled
FROM usage ORDER BY ALL"""
BILLS = "SELECT account, charge_date, model, wallet_type, currency, billed_cost FROM billing ORDER BY ALL"


def close_all(ledger, oracle):
    """Close every month of every account; return what they freeze by the oracle."""
    months = sorted({(account, day.replace(day=1)) for account, day in oracle.day_sources})
    for account, first in months:
        ledger.close(f"{first:%Y-%m}", account=account, force_reason="drawn")
    return {month: oracle.freeze(*month) for month in months}


def of_months(ledger, months):
    """Usage and bills of some months of accounts, row by row."""
    results = [ledger.sql(statement).rows for statement in (FACTS, BILLS)]
    return [[row for row in rows if (row[0], row[1].replace(day=1)) in months] for rows in results]


@law(3, cases(min_cuts=3, max_cuts=5), st.integers(1, 4), st.randoms(use_true_random=False))
def test_what_comes_after_a_close_changes_nothing_of_it(case, count, random):
    """Evidence after the close is kept, listed as late and applied to open months only; reopened, the ledger is that of all exports."""
    zips = case.zips()
    before = zips[:count]
    with ledger_of(before) as ledger:
        closed = close_all(ledger, Oracle(before, NOW))
        frozen = of_months(ledger, closed)
        late = zips[count:]
        random.shuffle(late)
        imported(ledger, late)
        assert of_months(ledger, closed) == frozen
        assert Oracle(zips, NOW, closed).contradictions(ledger.report) == []
        assert_whole(ledger)
        for account, first in closed:
            ledger.reopen(f"{first:%Y-%m}", account=account, reason="drawn")
        assert Oracle(zips, NOW).contradictions(ledger.report) == []


@law(3, cases(min_cuts=2, max_cuts=4), st.randoms(use_true_random=False))
def test_the_order_of_imports_before_a_close_does_not_matter(case, random):
    """Two ledgers of the same exports close with the same day sources, totals and hash of the evidence."""
    zips = case.zips()
    shuffled = random.sample(zips, len(zips))
    with ledger_of(zips) as one, ledger_of(*([content] for content in shuffled)) as other:
        for ledger in (one, other):
            close_all(ledger, Oracle(zips, NOW))
        hashes = [ledger.sql("SELECT account, month_date, evidence_sha256 FROM closing ORDER BY ALL").rows for ledger in (one, other)]
    assert hashes[0] == hashes[1]


def test_a_whole_month_is_closed_for_every_account(ledger):
    """Without an account, all that have evidence of the month are closed, each by one act, all in one step."""
    ledger.import_paths([JUNE, SAMPLES / "europe-account" / "usage_data_2026_6.zip"])

    done = ledger.close("2026-06", note="agreed")

    assert [(item.act_id, item.closing.totals[0].currency) for item in done] == [(3, "USD"), (4, "CNY")]
    assert all(item.failed_checks == [] for item in done)
    assert ledger.report("months").values("status") == ["closed", "closed"]
    with pytest.raises(UsageError, match="2026-06 is closed already"):
        ledger.close("2026-06", force_reason="again")
    assert_whole(ledger)


def test_an_account_that_came_later_is_closed_by_the_next_close(ledger):
    """Where some accounts are closed already, a close without an account closes the others."""
    ledger.import_paths([JUNE])
    ledger.close("2026-06")
    ledger.import_paths([SAMPLES / "europe-account" / "usage_data_2026_6.zip"])

    assert ledger.answer("summary", month="2026-06").notes.count("not closed: acct-451a75f8ac") == 1
    assert [item.closing.account for item in ledger.close("2026-06")] == ["acct-451a75f8ac"]


CHECKS = {
    "2026-07": (
        IncompleteError,
        "month-incomplete",
        ["days that no export tells of: 2026-07-31", "days in progress when exported: 2026-07-30"],
    ),
    "2026-08": (
        IncompleteError,
        "month-incomplete",
        ["no export tells of: 2026-08-01 to 2026-08-03", "because the two files differ: 2026-08-05"],
    ),
}


@pytest.mark.parametrize("month", CHECKS)
def test_an_incomplete_month_is_not_closed(ledger, tmp_path, month):
    """A close is refused with a stable code and an exit code, every check that failed, its days and why; nothing is changed."""
    kind, code, texts = CHECKS[month]
    troubled(ledger, tmp_path)
    before = ledger.directory.journal.read_bytes()

    with pytest.raises(kind) as caught:
        ledger.close(month)

    assert (caught.value.code, caught.value.exit_code) == (code, 5)
    assert all(text in caught.value.message for text in texts)
    assert "--force" in caught.value.hint
    assert ledger.directory.journal.read_bytes() == before


def test_a_month_that_does_not_reconcile_is_not_closed(ledger, tmp_path):
    """A complete month of which a day's bill and usage differ is refused with another code."""
    ledger.import_paths([MAIN / "usage_data_2026-09-01_2026-09-30.zip"])
    ledger.import_paths([MAIN / "usage_data_2026-07-30_2026-08-03.zip", wrong_bill(tmp_path / "usage_data_2026-08-04_2026-08-31.zip")])

    with pytest.raises(UnreconciledError) as caught:
        ledger.close("2026-08")

    assert caught.value.code == "month-overlap"
    assert f"{ACCOUNT}: days on which bill and usage do not agree, because the two files differ: 2026-08-05" in caught.value.message
    ledger.close("2026-08", force_reason="1.50 is disputed")
    (act,) = [act for act in journal.read(ledger.directory.journal) if act.act == "close"]
    assert [check["code"] for check in act.arguments["forced"]["failed"]] == ["month-overlap", "month-unreconciled"]
    assert act.arguments["forced"]["reason"] == "1.50 is disputed"
    (total,) = MonthSnapshot.of(act.arguments).totals
    assert total.billed_cost - total.computed_cost == WRONG_BY


def test_a_month_that_is_not_over_is_not_closed(tmp_path):
    """While a month runs it cannot be complete, and the refusal names that as the reason."""
    ledger = Keyspend(tmp_path / "data", clock=lambda: datetime(2026, 7, 30, 20))
    ledger.import_paths([PARTIAL])

    with pytest.raises(IncompleteError, match="2026-07 is not over") as caught:
        ledger.close("2026-07")
    assert caught.value.code == "month-running"


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda ledger: ledger.close("2026-02"), "month-unknown"),
        (lambda ledger: ledger.close("June"), "period-month"),
        (lambda ledger: ledger.close("2026-06", account="acct-nobody"), "account-unknown"),
        (lambda ledger: ledger.close("2026-06", force_reason=" "), "reason-missing"),
        (lambda ledger: ledger.reopen("2026-06", reason="why"), "month-open"),
        (lambda ledger: ledger.reopen("2026-06", reason=""), "reason-missing"),
    ],
)
def test_an_impossible_request_changes_nothing(ledger, act, code):
    """A month without evidence, one that is not closed, and a missing reason are refused."""
    ledger.import_paths([JUNE])

    with pytest.raises(UsageError) as caught:
        act(ledger)

    assert caught.value.code == code
    assert len(journal.read(ledger.directory.journal)) == 1


def test_nothing_imported_is_nothing_to_close(ledger):
    """Without any import there is no month."""
    with pytest.raises(UsageError, match="nothing was imported"):
        ledger.close("2026-06")


def test_the_hash_of_the_evidence_follows_its_definition(ledger):
    """The hash can be computed again from the day sources and the totals, as the README defines it."""
    ledger.import_paths([JUNE])
    (done,) = ledger.close("2026-06")

    file = sha256(JUNE.read_bytes()).hexdigest()
    days = [str(day) for (day,) in ledger.sql("SELECT charge_date FROM owned_day ORDER BY 1").rows]
    ((billed, computed),) = ledger.sql("SELECT sum(billed_cost), sum(computed_cost) FROM reconciliation").rows
    total = {"billed_cost": f"{billed:.18f}", "computed_cost": f"{computed:.18f}", "currency": "CNY", "wallets": {"Paid": f"{billed:.18f}"}}
    content = {"account": ACCOUNT, "month": "2026-06", "owners": [[day, file] for day in days], "totals": [total]}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    assert done.closing.evidence_sha256 == sha256(text.encode()).hexdigest()
    assert ledger.sql("SELECT evidence_sha256 FROM closing").rows == [(done.closing.evidence_sha256,)]


def test_reports_note_late_evidence(closed):
    """Reports about a closed month note when and by whom it was closed, and the days on which late evidence differs."""
    notes = closed.answer("spend-by-key", month="2026-07").notes

    assert f"closed on 2026-11-01 by finance: {ACCOUNT}" in notes
    assert "late evidence for a closed month: 2026-07-30 to 2026-07-31; see `keyspend report late-adjustments`" in notes
    assert closed.answer("statement", month="2026-06").is_closed
    assert not closed.answer("statement", month="2026-08").is_closed
    assert [note for note in closed.answer("summary", month="2026-08").notes if "closed" in note] == []


def test_a_receipt_names_days_of_a_closed_month(ledger):
    """The receipt names the days of a closed month that it leaves alone, and those that it would change; without rows of it, neither."""
    ledger.import_paths([JUNE, PARTIAL])
    ledger.close("2026-06")
    ledger.close("2026-07", force_reason="30 July is missing")
    (late,) = ledger.import_paths([LATER])

    assert late.closed_dates == [date(2026, 7, 30), date(2026, 7, 31)]
    assert (late.owned_days, late.kept, late.replaced) == (3, {}, {})
    assert [finding.code for finding in late.findings] == ["late-evidence"]
    (other,) = ledger.import_paths([MAIN / "usage_data_2026-09-01_2026-09-30.zip"])
    assert other.closed_dates == []
    assert "late-evidence" not in [finding.code for finding in other.findings]


def test_the_same_digits_late_are_no_adjustment(ledger):
    """A newer export of a closed month with the same amounts is kept, is the source of no day, and is not listed."""
    ledger.import_paths([MAIN / "usage_data_2026-09-01_2026-09-30.zip"])
    ledger.close("2026-09")

    (hours,) = ledger.import_paths([MAIN / "usage_data_2026-09-16_2026-09-16.zip"])

    assert (hours.closed_dates, hours.owned_days) == ([date(2026, 9, 16)], 0)
    assert "late-evidence" not in [finding.code for finding in hours.findings]
    assert ledger.report("late-adjustments").rows == []
    assert ledger.sql("SELECT count(*) FROM late_day").rows == [(1,)]
    ledger.reopen("2026-09", reason="by hour is better")
    assert ledger.sql("SELECT import_id FROM owned_day WHERE charge_date = '2026-09-16'").rows == [(3,)]


def test_a_day_that_was_closed_without_use_stays_without(ledger):
    """A day of a closed month that had no source gets none; its late rows are an adjustment from nothing."""
    rows = {
        day: ([day, "m", "n", MASK, "output_tokens", "0.000002", "5"], [day, "m", "Paid", "0.0000100000000000", "CNY"])
        for day in ("2026-05-01", "2026-05-02", "2026-05-31")
    }
    first, late = (
        export([rows[day][0] for day in days], [rows[day][1] for day in days], layout="A") for days in (("2026-05-01", "2026-05-31"), rows)
    )
    with ledger_of([first]) as invented:
        invented.close("2026-05")
        imported(invented, [late])
        coverage = {str(row["charge_date"]): row["status"] for row in invented.report("coverage", month="2026-05").records()}
        assert coverage["2026-05-02"] == "absent"
        assert coverage["2026-05-03"] == "present"
        (row,) = [row for row in invented.report("late-adjustments").records() if row["section"] == "model"]
        assert (str(row["charge_date"]), row["closed_billed_cost"], f"{row['billed_change_cost']:f}"[:7]) == ("2026-05-02", 0, "0.00001")


def test_a_price_that_is_seen_later_gives_a_closed_month_no_other_currency(ledger, tmp_path):
    """The inferred currency of a price without a bill in a closed month stays; a later inference takes effect when it is reopened."""

    def zipped(day, name, currency):
        bill = [[day, "m", "Paid", "0.0000100000000000", currency]] if currency else None
        return imported_as(tmp_path / name, export([[day, "m", "n", MASK, "output_tokens", "0.000002", "5"]], bill, layout="A"))

    def currencies():
        return [row[0] for row in ledger.sql("SELECT currency FROM usage ORDER BY charge_date, currency").rows]

    ledger.import_paths([zipped("2026-05-01", "may", None), zipped("2026-06-01", "june", "CNY")], without_cost=True)
    ledger.close("2026-05", force_reason="the bill is lost")
    assert currencies() == ["CNY", "CNY"]
    ledger.import_paths([zipped("2026-07-01", "july", "USD")])
    assert currencies() == ["CNY", "CNY", "USD"]
    assert_whole(ledger)
    ledger.reopen("2026-05", reason="is it yuan or dollars?")
    assert currencies() == ["unknown", "CNY", "USD"]


def imported_as(path, content):
    """Write a zip."""
    path = path.with_suffix(".zip")
    path.write_bytes(content)
    return path


def test_an_import_that_is_the_source_of_a_closed_month_cannot_be_undone(ledger):
    """The undo is refused, as in its preview, until the month is reopened; an import that supplies no day of it can be undone."""
    ledger.import_paths([JUNE, PARTIAL])
    ledger.close("2026-07", force_reason="30 July is missing")
    ledger.import_paths([LATER])

    assert [ledger.preview_undo(number).closed_months for number in (1, 2, 4)] == [[], ["2026-07"], []]
    with pytest.raises(UsageError, match="owns days of a month that is closed: 2026-07") as caught:
        ledger.undo(2)
    assert caught.value.code == "import-closed"
    assert "keyspend reopen" in caught.value.hint
    ledger.undo(4)
    assert ledger.report("late-adjustments").rows == []
    ledger.reopen("2026-07", reason="to take it back")
    ledger.undo(2)
    assert_whole(ledger)


def test_each_close_is_a_revision(ledger):
    """A month that was reopened and closed again has a revision, and keeps every close with who reopened it and why."""
    ledger.import_paths([JUNE])
    for _ in range(2):
        ledger.close("2026-06")
        ledger.reopen("2026-06", reason="look again")
    ledger.close("2026-06", note="for good")

    (month,) = ledger.report("months").records()
    assert (month["revision"], month["status"], month["note"]) == (3, "closed", "for good")
    closes = ledger.sql("SELECT revision, reopen_reason FROM closing ORDER BY revision").rows
    assert closes == [(1, "look again"), (2, "look again"), (3, None)]
    ledger.rebuild()
    assert list(ledger.report("months").records()) == [month]
    assert_whole(ledger)


def test_verify_computes_every_closed_month_again(ledger, tmp_path):
    """An act of a close whose totals are not those of the evidence is found, though the chain and the database are whole."""
    ledger.import_paths([JUNE])
    ledger.close("2026-06")
    path = ledger.directory.journal
    first, act = journal.read(path)
    act.arguments["totals"][0]["billed_cost"] = "1.000000000000000000"
    path.write_bytes(first.line() + Act.after(first, act.time, act.act, act.arguments).line())
    shutil.rmtree(ledger.directory.generations)

    checks = {check.name: check for check in ledger.verify()}

    assert [name for name, check in checks.items() if not check.holds] == ["months"]
    assert checks["months"].detail == f"2026-06 of {ACCOUNT} is not what act 2 closed"


def test_the_audit_has_every_act(ledger):
    """Number, time, user, act and details of each act, in order, with the beginning of its hash; no secret, and one line each."""
    ledger.import_paths([JUNE, PARTIAL])
    ledger.close("2026-07", force_reason="sk-0123456789abcdef0123456789abcdef\nis the reason", note="  first\tclose ")
    ledger.reopen("2026-07", reason="31 July came")
    ledger.undo(2)

    rows = list(ledger.audit().records())

    assert [(row["act_id"], row["act"]) for row in rows] == [(1, "import"), (2, "import"), (3, "close"), (4, "reopen"), (5, "undo")]
    assert {row["acted_at"] for row in rows} == {NOW}
    acts = journal.read(ledger.directory.journal)
    assert [row["act_hash"] for row in rows] == [act.hash[:12] for act in acts]
    assert rows[0]["details"] == f"usage_data_2026_6.zip of {ACCOUNT}, 2026-06-01 to 2026-06-30, days: 30"
    assert rows[2]["details"] == (
        f"2026-07 of {ACCOUNT}; first\\tclose; forced: sk-(withheld)\\nis the reason; "
        "days that no export tells of: 2026-07-31; days in progress when exported: 2026-07-30"
    )
    assert [row["details"] for row in rows[3:]] == [f"2026-07 of {ACCOUNT}; 31 July came", f"import 2 ({PARTIAL.name})"]


def test_a_broken_chain_is_refused_with_its_line(ledger):
    """An audit of a journal that was changed, or that ends before the database does, fails with the place."""
    ledger.import_paths([JUNE])
    ledger.close("2026-06", note="agreed")
    path = ledger.directory.journal
    whole = path.read_bytes()

    path.write_bytes(whole.replace(b'"note":"agreed"', b'"note":"assumed"'))
    with pytest.raises(EvidenceError, match="line 2 of the journal"):
        ledger.audit()
    path.write_bytes(whole.splitlines(keepends=True)[0])
    with pytest.raises(EvidenceError, match="lacks acts"):
        ledger.audit()


def test_late_evidence_is_news_once(ledger):
    """A run notes late evidence for a closed month, once and without a key; the next notes nothing."""
    ledger.import_paths([PARTIAL])
    ledger.close("2026-07", force_reason="the vendor is late")
    ledger.import_paths([LATER])
    ledger.directory.settings.write_text("", encoding="utf-8")
    change = sum(row["computed_change_cost"] for row in ledger.report("late-adjustments").records() if row["section"] == "model")

    for _ in range(2):
        assert CliRunner().invoke(main, ["--data-dir", str(ledger.directory.root), "run"]).exit_code == 0

    (line,) = [line for line in (ledger.directory.root / "notices.log").read_text().splitlines() if "late adjustments" in line]
    assert f"{change.normalize():f} CNY" in line
    assert "sk-" not in line


def test_the_exit_codes_of_the_commands(tmp_path):
    """`close` exits with 5 where days are missing and names them, is forced only with a reason, and `audit` exits with 1 when broken."""

    def keyspend(*arguments):
        command = [sys.executable, "-m", "analytics", "--data-dir", str(tmp_path / "data"), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    keyspend("import", PARTIAL)
    refused, unreasoned = keyspend("close", "2026-07"), keyspend("close", "2026-07", "--force")
    forced = keyspend("close", "2026-07", "--force", "--reason", "the books close", "--note", "30 July to follow")
    audit = keyspend("audit", "--format", "csv")

    assert (refused.returncode, unreasoned.returncode, forced.returncode, audit.returncode) == (5, 2, 0, 0)
    assert "days in progress when exported: 2026-07-30 [month-incomplete]" in refused.stderr
    assert "[reason-missing]" in unreasoned.stderr
    assert "forced past: days that no export tells of: 2026-07-31" in forced.stderr
    assert audit.stdout.splitlines()[0] == "act_id,acted_at,acted_by,act,details,act_hash"
    assert audit.stderr == "2 acts, one unbroken chain\n"
    journal_path = tmp_path / "data" / "journal.jsonl"
    journal_path.write_bytes(journal_path.read_bytes().replace(b"30 July to follow", b"31 July to follow"))
    broken = keyspend("audit")
    assert (broken.returncode, broken.stdout) == (1, "")
    assert "line 2 of the journal is not what was written [journal-damaged]" in broken.stderr
