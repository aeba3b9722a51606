"""What `keyspend run` does: inbox to files, once; killed, doubled, refused or blocked it leaves whole sets of files behind."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from datetime import timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest

from analytics import BusyError, Keyspend
from analytics.automation.schedules.period_rules import RULES
from analytics.automation.schedules.publish import is_whole
from analytics.core.errors import ExitCode
from analytics.ledger import lock
from analytics.settings.sections import SCHEDULE
from analytics.writers import writer
from tests.conftest import SAMPLES
from tests.support.running import DAILY, ENVIRONMENT, INBOX, MORNING, House, unreconciled, written

DAY = timedelta(days=1)
REPOSITORY = Path(__file__).parents[2]
CHILD = """
import os, signal, sys
from datetime import datetime
import numpy, analytics.analysis.anomalies.detection
import duckdb, analytics.automation.run, analytics.writers.csv, analytics.writers.json, analytics.operations.import_exports
from analytics import Keyspend
data, now, left = sys.argv[1], datetime.fromisoformat(sys.argv[2]), int(sys.argv[3])
root = os.path.dirname(data)
def hook(event, arguments):
    global left
    if event in ("open", "os.rename", "os.remove") and str(arguments[0]).startswith(root):
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
Keyspend(data, clock=lambda: now).run()
"""

# All modules are loaded while their files can be read for certain.
SOMEBODY_ELSE = """
import tempfile
with tempfile.TemporaryDirectory() as folder:
    Keyspend(folder).import_paths([root + "/inbox"])
Keyspend(data).run(is_dry=True)
os.setgroups([]), os.setgid(54321), os.setuid(54321)
outcome = Keyspend(data,"""


@pytest.fixture
def house(tmp_path):
    """Reports of yesterday from an inbox."""
    return House(tmp_path, DAILY + INBOX)


def command(house, *arguments):
    """The `keyspend` command, started, on the clock of this machine."""
    full = [sys.executable, "-m", "analytics", "--data-dir", str(house.data), *arguments]
    return subprocess.Popen(full, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)


def child(house, fell_at=-1, code=CHILD):
    """A run two days later, in a process that falls at this call, if it comes so far."""
    full = [sys.executable, "-c", code, str(house.data), str(MORNING + 2 * DAY), str(fell_at)]
    return subprocess.run(full, env=ENVIRONMENT, capture_output=True, text=True, check=False)


def times(folder):
    """When each file of a folder was written."""
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def test_from_the_inbox_to_files_and_then_silence(house):
    """A run imports, writes what the ledger answers and a manifest with their hashes; the next one touches nothing, nor the inbox."""
    house.export(0)
    before = times(house.inbox)

    first = house.run()

    assert [receipt.status for receipt in first.receipts] == ["imported"]
    assert first.exit_code is ExitCode.DONE
    names = [f"keyspend_{report}_2025-01-03.{end}" for report in ("spend-by-key", "summary") for end in ("csv", "json")]
    assert sorted(house.files()) == sorted(["daily_2025-01-03.manifest.json", *names])
    ledger = house.at(MORNING)
    spend = ledger.report("spend-by-key", start="2025-01-03", end="2025-01-04")
    assert house.files()["keyspend_spend-by-key_2025-01-03.csv"] == writer("csv")(spend)
    stood = times(house.out)
    for hours in (0, 1, 6):
        again = house.run(MORNING + timedelta(hours=hours / 24))
        assert (again.receipts, again.written, again.news, again.exit_code) == ([], [], [], 0)
    assert times(house.out) == stood
    assert times(house.inbox) == before


def test_a_manifest_describes_its_files(house):
    """Hashes, rows and totals of each file, days, offsets, sources and verdicts; money is text with all its digits."""
    made = house.export(0)
    house.run()

    manifest = house.manifest("daily_2025-01-03.manifest.json")

    for file in manifest["files"]:
        content = (house.out / file["name"]).read_bytes()
        assert (file["bytes"], file["sha256"]) == (len(content), sha256(content).hexdigest())
    spent = sum(made.spend(made_day).values()) if (made_day := max(made.quantities)) else None
    assert manifest["files"][0]["rows"] == 2
    assert manifest["files"][0]["totals"]["USD"]["computed_cost"] == f"{spent:.18f}"
    assert manifest["totals"] == {"USD": {"billed_cost": f"{spent:.18f}", "computed_cost": f"{spent:.18f}", "variance": f"{0:.18f}"}}
    assert manifest["period"] == {"rule": "yesterday", "start": "2025-01-03", "end": "2025-01-04"}
    assert (manifest["status"], manifest["revision"], manifest["is_complete"], manifest["is_reconciled"]) == ("open", 1, True, True)
    assert manifest["utc_offsets"] == ["+08:00"]
    assert manifest["sources"] == [{"sha256": sha256(made.path.read_bytes()).hexdigest()}]


def test_days_that_came_late_are_caught_up(house):
    """A day without evidence waits; when its export comes, each day that passed since the first run gets its files."""
    house.export(0)
    house.run()
    waiting = house.run(MORNING + 2 * DAY)
    assert (waiting.written, waiting.exit_code) == ([], 0)

    house.export(1, now=MORNING + 2 * DAY)
    later = house.run(MORNING + 2 * DAY)

    assert [made.task.label for made in later.written if made.is_new] == ["2025-01-03", "2025-01-04", "2025-01-05"]


def test_evidence_that_changed_rewrites_and_files_that_were_moved_stay_away(house):
    """Files follow what a later export says of their day; files of an older day that were moved away do not come back."""
    house.export(0)
    house.run()
    old = house.files()
    house.export(1, now=MORNING + 2 * DAY)
    house.run(MORNING + 2 * DAY)
    new = house.files()
    assert new["keyspend_spend-by-key_2025-01-03.csv"] != old["keyspend_spend-by-key_2025-01-03.csv"]
    assert is_whole(house.out / "daily_2025-01-03.manifest.json")

    for path in house.out.glob("*2025-01-03*"):
        path.unlink()
    assert house.run(MORNING + 2 * DAY).written == []
    (house.out / "keyspend_summary_2025-01-05.csv").write_text("changed by hand")
    assert [made.task.label for made in house.run(MORNING + 2 * DAY).written] == ["2025-01-05"]
    assert house.files() == {name: content for name, content in new.items() if "2025-01-03" not in name}


def test_a_closed_period_that_changes_becomes_a_revision(house):
    """What was handed out as closed stays as it is; what is said instead stands beside it with _r2."""
    house.export(0)
    house.run()
    memory = json.loads((house.data / "schedules.json").read_bytes())
    memory["schedules-1"]["daily"]["periods"]["2025-01-03"]["status"] = "closed"
    (house.data / "schedules.json").write_text(json.dumps(memory))
    old = house.files()

    house.export(1, now=MORNING + 2 * DAY)
    house.run(MORNING + 2 * DAY)

    new = house.files()
    assert old.items() <= new.items()
    assert new["keyspend_spend-by-key_2025-01-03_r2.csv"] != old["keyspend_spend-by-key_2025-01-03.csv"]
    assert house.manifest("daily_2025-01-03_r2.manifest.json")["revision"] == 2


@pytest.mark.parametrize("fell_at", [38, 124])
def test_a_kill_leaves_whole_files_and_the_next_run_ends_the_work(house, fell_at):
    """Killed at any call, every file is the old one or the new one, a manifest that fits has its own files, and nothing is left over."""
    kill(house, fell_at)


@pytest.mark.slow
def test_a_kill_at_every_call_leaves_whole_files(tmp_path):
    """The same at each call of a whole run."""
    for fell_at in range(1, 140):
        (tmp_path / str(fell_at)).mkdir()
        kill(House(tmp_path / str(fell_at), DAILY + INBOX), fell_at)


def kill(house, fell_at):
    """Kill a run at a call, and let the next one end its work."""
    house.export(0)
    house.run()
    old = house.files()
    house.export(1, now=MORNING + 2 * DAY)
    ended = child(house, fell_at)
    fallen = {name: content for name, content in house.files().items() if not name.startswith(".")}
    began = json.loads((house.data / "schedules.json").read_bytes())["started_at"]

    outcome = house.run(MORNING + 2 * DAY)

    new = house.files()
    assert all(content in (old.get(name), new[name]) for name, content in fallen.items())
    assert ended.returncode in (0, -signal.SIGKILL), ended.stderr
    failures = [event.reason for event in outcome.news if event.kind == "run-failed"]
    assert failures == ([f"the run that began at {began} did not come to its end [run-interrupted]"] if began else [])
    assert not [name for name in new if name.startswith(".")]
    assert all(is_whole(path) for path in house.out.glob("*.manifest.json"))
    assert len(new) == 15
    assert house.run(MORNING + 2 * DAY).written == []
    assert [check for check in house.at(MORNING).verify() if not check.holds] == []


def test_two_runs_at_once_are_one(house):
    """The second run is refused as busy, with exit code 75, while the first is at work; started together, one does the work."""
    house.export(0)
    with lock.writing(house.data / "run.lock", "run"):
        with pytest.raises(BusyError):
            house.run()
        refused = command(house, "run")
        output, errors = refused.communicate(timeout=60)
    assert (refused.returncode, output) == (75, "")
    assert "[busy]" in errors

    together = [command(house, "run") for _ in range(2)]
    outputs = [process.communicate(timeout=60)[0] for process in together]

    assert {process.returncode for process in together} <= {0, 75}
    assert "".join(outputs).count("imported") == 1


def test_the_command_is_silent_when_nothing_is_due(house):
    """It prints what it did, line by line; having nothing to do it prints nothing, and exits with 0; --json always answers."""
    house.configure(INBOX)
    house.export(0)

    first = command(house, "run")
    assert first.communicate(timeout=60) == ("imported usage_data_2025-01-01_2025-01-03.zip as number 1\n", "")
    second = command(house, "run")
    assert second.communicate(timeout=60) == ("", "")
    assert (first.returncode, second.returncode) == (0, 0)
    third = command(house, "run", "--json")
    assert json.loads(third.communicate(timeout=60)[0])["imported"] == []


def test_a_dry_run_changes_nothing(house):
    """It tells what a run would import and write, and leaves every file as it was."""
    house.export(0)
    everything = lambda: {path: path.stat().st_mtime_ns for path in house.folder.rglob("*") if path.is_file()}  # noqa: E731
    before = everything()

    assert house.at(MORNING).run(is_dry=True).imported == ["usage_data_2025-01-01_2025-01-03.zip"]
    assert everything() == before
    house.run()
    house.export(1, now=MORNING + 2 * DAY)
    house.at(MORNING + 2 * DAY).import_paths([house.inbox])
    stood = times(house.out)
    assert [task.label for task in house.at(MORNING + 2 * DAY).run(is_dry=True).due] == ["2025-01-03", "2025-01-04", "2025-01-05"]
    assert times(house.out) == stood


def test_a_file_that_is_still_written_to_waits(house):
    """A young file, and one whose size changes, waits for the next run; one that stands still is taken, whatever its clock says."""
    target = house.inbox / house.export(0).path.name
    content = target.read_bytes()
    target.write_bytes(content[:500])
    for length in (800, 1000):
        assert house.run().waiting == [target.name]
        target.write_bytes(content[:length])
    target.write_bytes(content)
    assert house.run().waiting == [target.name]
    assert house.run().receipts[0].source_name == target.name


def test_a_refused_file_is_notified_once(house):
    """It exits with 3 once, and the others of the inbox are imported; another file under its name is tried again."""
    house.export(0)
    (house.inbox / "broken.zip").write_bytes(b"PK nothing")
    written(house.inbox / "broken.zip", 1)

    first = house.run()
    assert (first.exit_code, len(first.refusals), len(first.receipts), len(first.news)) == (ExitCode.REFUSED, 1, 1, 1)
    assert (house.run().exit_code, house.run().news) == (ExitCode.DONE, [])
    (house.inbox / "broken.zip").rename(house.inbox / "renamed.zip")
    assert house.run().news == [], "the same bytes are no news"
    house.export(1, name="broken.zip", now=MORNING)
    assert house.run().receipts[0].import_id == 2


def test_what_was_undone_is_not_imported_again(house):
    """An export whose import was undone stays in the inbox and out of the ledger, even when the memory of runs is lost."""
    house.export(0)
    house.run()
    house.at(MORNING).undo(1)
    (house.data / "schedules.json").unlink()

    assert house.run().receipts == []


def test_a_month_waits_for_its_days_and_then_for_no_longer_than_its_patience(tmp_path):
    """June without its second account waits, is written as incomplete with exit code 5 when patience ends, and again when it is whole."""
    house = House(tmp_path, DAILY.replace("yesterday", "previous_month").replace('"daily"', '"monthly"') + INBOX)
    july = MORNING.replace(year=2026, month=7, day=3)
    house.arrive(SAMPLES / "main-account" / "usage_data_2026_6.zip", july)
    house.arrive(SAMPLES / "europe-account" / "usage_data_2026_5.zip", july)
    assert house.run(july).written == []

    overdue = house.run(july + 3 * DAY)
    manifest = house.manifest("monthly_2026-06.manifest.json")
    assert overdue.exit_code is ExitCode.INCOMPLETE
    assert (manifest["is_complete"], [len(days) for days in manifest["missing_dates"].values()]) == (False, [30])
    assert {event.kind for event in overdue.news} == {"missing-days"}
    assert (house.run(july + 4 * DAY).exit_code, house.run(july + 4 * DAY).written) == (0, [])

    house.arrive(SAMPLES / "europe-account" / "usage_data_2026_6.zip", july)
    assert house.run(july + 5 * DAY).exit_code is ExitCode.DONE
    assert house.manifest("monthly_2026-06.manifest.json")["missing_dates"] == {}


def test_a_close_is_shown_by_the_files_of_its_month(tmp_path):
    """Once a month is closed, or reopened, its manifest says so after the next run; after that there is nothing to do."""
    house = House(tmp_path, DAILY.replace("yesterday", "previous_month").replace('"daily"', '"monthly"') + INBOX)
    july = MORNING.replace(year=2026, month=7, day=3)
    house.arrive(SAMPLES / "main-account" / "usage_data_2026_6.zip", july)
    house.run(july)
    ledger = Keyspend(house.data, clock=lambda: july)

    for act, standing in ((ledger.close, "closed"), (partial(ledger.reopen, reason="an owner was wrong"), "open")):
        act("2026-06")
        house.run(july)
        manifest = house.manifest("monthly_2026-06.manifest.json")
        assert (manifest["status"], manifest["revision"]) == (standing, 1)
        assert house.run(july).written == []


def test_a_folder_that_cannot_be_written_stops_nobody_else(house):
    """The schedule that fails says which folder and why, and exits with 1; the other one is written, and the failure is told once."""
    house.configure(DAILY.replace('"daily"', '"blocked"').replace("../out", "../file") + DAILY + INBOX)
    (house.folder / "file").write_text("no folder")
    house.export(0)

    outcome = house.run()

    ((subject, error),) = outcome.failures
    assert (subject, error.code) == ("blocked", "schedule-folder")
    assert str(house.folder / "file") in error.message
    assert outcome.exit_code is ExitCode.UNEXPECTED
    assert len(house.files()) == 5
    assert [event.kind for event in outcome.news] == ["run-failed"]
    assert (house.run().exit_code, house.run().news) == (ExitCode.UNEXPECTED, [])


def test_feedback_writes_hot_keys_again_and_nothing_else(house):
    """A report that goes by feedback is due again when some was given about its days or earlier ones; other reports are not."""
    hot = DAILY.replace('"daily"', '"hot"').replace("../out", "../hot")
    house.configure(DAILY + re.sub(r"reports = .*", 'reports = ["hot-keys"]', hot) + INBOX)
    house.export(0)
    assert {made.task.schedule.name for made in house.run().written} == {"daily", "hot"}
    assert house.run().written == []

    house.at(MORNING).feedback("ops", "planned", start="2025-01-03", end="2025-01-04")
    assert {made.task.schedule.name for made in house.run().written} == {"hot"}
    house.at(MORNING).feedback("ops", "planned", start="2025-02-01", end="2025-03-01")
    assert house.run().written == []


def test_an_account_that_is_nowhere_is_no_quiet_schedule(house):
    """A schedule of an unknown account fails by name, in the run and in the list; the others are written."""
    lost = DAILY.replace('"daily"', '"lost"').replace(
        "[[schedule]]", '[[schedule]]\naccount = "acct-none"\nfile = "{report}_{account}_{period}"'
    )
    house.configure(lost + DAILY + INBOX)
    house.export(0)

    outcome = house.run()

    assert [(subject, error.code) for subject, error in outcome.failures] == [("lost", "account-unknown")]
    assert len(house.files()) == 5
    listed = {row["schedule"]: (row["status"], row["reason"]) for row in house.at(MORNING).schedules().records()}
    assert listed["daily"] == ("written", None)
    assert listed["lost"][0] == "failing"
    assert "acct-none" in listed["lost"][1]


@pytest.mark.skipif(os.geteuid() != 0, reason="SKIPPED PROMISE: needs root, to become somebody else")
def test_a_read_only_folder_keeps_its_old_report():
    """Where the target folder may only be read, the old files stay whole."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        house = House(Path(folder), DAILY + INBOX)
        house.export(0)
        house.run()
        old = house.files()
        house.export(1, now=MORNING + 2 * DAY)
        house.out.chmod(0o555)
        for path in [*house.data.rglob("*"), house.data, house.inbox, *house.inbox.iterdir()]:
            os.chown(path, 54321, 54321, follow_symlinks=False)

        ended = child(
            house, code=CHILD.replace("Keyspend(data,", SOMEBODY_ELSE) + "print(outcome.failures[0][1].message, len(outcome.receipts))"
        )

        assert "Permission denied" in ended.stdout, ended.stderr
        assert ended.stdout.endswith(" 1\n"), "the import is done all the same"
        assert house.files() == old


def test_days_that_do_not_reconcile_set_the_exit_code(house):
    """A report with such a day is written, says so in its manifest, and exits with 4."""
    made = house.export(0)
    (house.inbox / made.path.name).unlink()
    house.configure(DAILY.replace("yesterday", "month_to_date") + INBOX)
    house.arrive(unreconciled(made.path))

    outcome = house.run()

    assert outcome.exit_code is ExitCode.UNRECONCILED
    manifest = house.manifest("daily_2025-01-to-date.manifest.json")
    assert list(manifest["unreconciled_dates"].values()) == [["2025-01-01"]]
    assert [(event.kind, event.amounts) for event in outcome.news] == [("unreconciled-days", (("USD", "0.500000000000000000"),))]


def test_reports_by_owner_follow_the_rules_about_owners(house):
    """A report that asks who owns a key gets the owners of keyspend.toml; once they change, it is written again."""
    house.export(0)
    for owner in ("shop", "search"):
        owners = f'[[owner]]\nkeys = ["ops"]\nowner = "{owner}"\n'
        house.configure(DAILY.replace('"summary"', '"spend-by-owner"') + INBOX + owners)
        house.run()
        assert owner in house.files()["keyspend_spend-by-owner_2025-01-03.csv"].decode()


def test_charges_by_focus_are_a_report_like_others(tmp_path):
    """A schedule writes the charges as the command does."""
    house = House(tmp_path, DAILY.replace('"spend-by-key", "summary"', '"focus"') + INBOX)
    house.export(0)

    house.run()

    day = {"start": "2025-01-03", "end": "2025-01-04"}
    assert house.files()["keyspend_focus_2025-01-03.csv"] == writer("csv")(house.at(MORNING).report("focus", **day))


def test_the_settings_know_every_rule():
    """The words that keyspend.toml takes for a period are the rules."""
    kind = next(field.kind for field in SCHEDULE.fields if field.name == "period")
    assert [kind(name) for name in RULES] == list(RULES)
