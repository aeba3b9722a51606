"""What a schedule means: its periods, the names of its files, what its settings may say, and the timers that start it."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from analytics import UsageError
from analytics.automation import timers
from analytics.automation.schedules import file_names
from analytics.automation.schedules.from_settings import plan
from analytics.automation.schedules.period_rules import CATCH_UP_DAYS, RULES
from analytics.settings.problems import SettingsError
from analytics.settings.reader import read
from analytics.settings.sections import SECTIONS
from tests.support.running import DAILY

HOSTILE = ("../../etc/passwd", "/etc/passwd", "..", "a\\b", "x\x00y", "\n", "-rf", "=cmd()", "客服", "a" * 5000, "_", "")


@pytest.mark.parametrize(
    ("rule", "since", "today", "labels"),
    [
        ("previous_month", date(2026, 7, 1), date(2026, 7, 31), ["2026-06"]),
        ("previous_month", date(2026, 12, 31), date(2027, 2, 1), ["2026-11", "2026-12", "2027-01"]),
        ("month_to_date", date(2026, 7, 1), date(2026, 7, 1), ["2026-06-to-date"]),
        ("month_to_date", date(2026, 7, 2), date(2026, 8, 2), ["2026-07-to-date", "2026-08-to-date"]),
        ("yesterday", date(2026, 7, 1), date(2026, 7, 3), ["2026-06-30", "2026-07-01", "2026-07-02"]),
        ("last_7_days", date(2026, 7, 1), date(2026, 7, 8), ["2026-07-01_2026-07-07"]),
        ("yesterday", date(2026, 7, 9), date(2026, 7, 3), ["2026-07-02"]),
    ],
)
def test_periods_follow_from_the_days_since_the_schedule_began(rule, since, today, labels):
    """Each period once, the oldest first; a clock that was set back gives today's."""
    period_rule = RULES[rule]
    assert [period_rule.label(period) for period in period_rule.periods(since, today)] == labels


def test_a_month_that_grew_is_whole_when_it_is_over():
    """Of month_to_date the month before is known up to its last day, whenever the last run was."""
    july, august = RULES["month_to_date"].periods(date(2026, 7, 10), date(2026, 8, 5))
    assert (july.start, july.end) == (date(2026, 7, 1), date(2026, 8, 1))
    assert (august.start, august.end) == (date(2026, 8, 1), date(2026, 8, 5))


def test_nobody_catches_up_for_ever():
    """A schedule that stood still for years begins anew a good year back."""
    assert len(RULES["yesterday"].periods(date(2010, 1, 1), date(2026, 7, 1))) == CATCH_UP_DAYS + 1


@pytest.mark.parametrize("text", HOSTILE)
def test_no_data_leads_out_of_a_folder(text):
    """Whatever an account, a currency or a period is called, the name of the file stays one plain name."""
    name = file_names.stem("{account}_{currency}_{period}", report="r", account=text, period=text, currency=text)
    assert Path(name).name == name
    assert name[0] not in ".-"
    assert name.isascii()


@pytest.mark.parametrize(
    "pattern", ["", "../{report}", "/tmp/{report}", "{key}", "{report!r}", "{report:>9}", "{report", ".{report}", "a\nb", "x" * 200]
)
def test_a_pattern_has_known_places_and_plain_letters(pattern):
    """Any other is refused with its stable code."""
    with pytest.raises(UsageError) as caught:
        file_names.check(pattern)
    assert caught.value.code == "file-pattern"


def test_a_revision_is_always_in_the_name():
    """At its place, or at the end of a pattern without one; the first is not."""
    values = {"report": "statement", "account": "acct-1", "period": "2026-06", "currency": "CNY"}
    assert file_names.stem("{report}{revision}_{period}", **values, revision=2) == "statement_r2_2026-06"
    assert file_names.stem("{account}_{currency}", **values, revision=3) == "acct-1_CNY_r3"
    assert file_names.stem("{report}_{period}", **values) == "statement_2026-06"


@pytest.mark.parametrize(
    ("change", "line", "message"),
    [
        (('"yesterday"', '"tomorrow"'), 6, "must be one of previous_month, month_to_date, yesterday, last_7_days"),
        (('"summary"', '"sumary"'), 4, "there is no report 'sumary'"),
        (('"json"', '"pdff"'), 5, "there is no format 'pdff'"),
        (('"daily"', '"a/b"'), 3, "must have letters, digits and - alone"),
        (('folder = "../out"', 'folder = "../out"\nfile = "{period}"'), 8, "needs {report}"),
        (('folder = "../out"', 'folder = "../out"\nfile = "{api_key}"'), 8, "has no place {api_key}"),
        (('"summary"', '"month-pack"'), 5, "a month pack has several tables, and csv holds one"),
        (('folder = "../out"', 'folder = "../out"\n' + DAILY), 0, "there is another schedule 'daily'"),
        (
            ('folder = "../out"', 'folder = "../out"\n' + DAILY.replace('"daily"', '"other"')),
            0,
            "the schedule 'daily' writes to the same name",
        ),
    ],
)
def test_invalid_settings_are_reported_with_their_line(tmp_path, change, line, message):
    """Everything that is wrong with a schedule is known before anything is written."""
    (tmp_path / "keyspend.toml").write_text(DAILY.replace(*change))
    with pytest.raises(SettingsError) as caught:
        plan(read(tmp_path / "keyspend.toml", SECTIONS), {})
    assert message in caught.value.message
    assert f"line {line or ''}" in caught.value.message


def test_settings_without_a_file_are_no_plan(tmp_path):
    """A run without settings is a mistake, and says where they would be."""
    with pytest.raises(UsageError, match=r"keyspend\.toml"):
        plan(read(tmp_path / "keyspend.toml", SECTIONS), {})


def test_the_settings_of_the_readme_are_right(tmp_path):
    """What the README shows is a plan."""
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    (block,) = (code for code in re.findall(r"```toml\n(.*?)```", text, re.DOTALL) if "[[schedule]]" in code)
    (tmp_path / "keyspend.toml").write_text(block)
    made = plan(read(tmp_path / "keyspend.toml", SECTIONS), {"KEYSPEND_MAIL": "mailto://user:word@example.com"})
    assert made.notices.urls == ("mailto://user:word@example.com",)
    assert "word" not in repr(made)


PLACES = ["/var/lib/keyspend", '/srv/a b/50%/$HOME/it\'s "q"\\x;y']


@pytest.mark.parametrize("data", PLACES)
def test_cron_starts_what_was_meant(data, tmp_path):
    """The shell of a crontab gets every word back as it was, after cron has taken the percent signs."""
    command = [sys.executable, "-c", "import sys, json, os; print(json.dumps([sys.argv[1:], os.environ['TZ']]))", data]
    zone, line = timers.crontab(command, "hour").splitlines()
    assert zone == "CRON_TZ=UTC"
    *_, shell = line.split(" ", 5)
    done = subprocess.run(["/bin/sh", "-c", shell.replace("\\%", "%")], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [[data], "UTC"]
    assert shlex.split(shell.replace("\\%", "%"))[-1] == data


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="SKIPPED PROMISE: systemd-analyze is not installed; units are not verified")
@pytest.mark.parametrize("data", PLACES)
@pytest.mark.parametrize("every", timers.EVERY)
def test_systemd_takes_the_units(tmp_path, data, every):
    """systemd itself finds nothing wrong with the service, the timer and its calendar."""
    program = tmp_path / "keyspend"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (tmp_path / "keyspend.service").write_text(timers.service([str(program), "--data-dir", data, "run"], Path(data)))
    (tmp_path / "keyspend.timer").write_text(timers.timer(every))
    units = [str(tmp_path / name) for name in ("keyspend.service", "keyspend.timer")]
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if str(tmp_path) in line or "keyspend" in line] == []
    assert done.returncode == 0, done.stderr
    assert ("StateDirectory=keyspend" in Path(units[0]).read_text()) == (data == "/var/lib/keyspend")
    calendar = subprocess.run(["systemd-analyze", "calendar", timers.EVERY[every][0]], capture_output=True, check=False)
    assert calendar.returncode == 0


def test_a_path_that_no_timer_can_hold_is_refused():
    """A line end in a path would begin another setting."""
    for written in (lambda: timers.crontab(["a\nb"], "day"), lambda: timers.service(["a\nb"], Path("/x"))):
        with pytest.raises(UsageError) as caught:
            written()
        assert caught.value.code == "timer-path"


def test_units_are_written_where_systemd_looks(tmp_path):
    """`schedule install --write` writes the two units of the user, with absolute paths, and nothing else."""
    environment = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "PATH": "/usr/bin:/bin"}
    program = str(Path(sys.executable).parent / "keyspend")
    command = [program, "--data-dir", "data", "--config", "own.toml", "schedule", "install", "--write", "--every", "day"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    folder = tmp_path / "config" / "systemd" / "user"
    assert done.stdout.splitlines() == [str(folder / "keyspend.service"), str(folder / "keyspend.timer")]
    start = f"ExecStart={program} --data-dir {tmp_path / 'data'} --config {tmp_path / 'own.toml'} run\n"
    assert start in (folder / "keyspend.service").read_text()
    assert "OnCalendar=*-*-* 06:17:00 UTC\n" in (folder / "keyspend.timer").read_text()
