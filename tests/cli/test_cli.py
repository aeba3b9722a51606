"""The command as a process: stdout for data alone, messages on stderr, and exit codes."""

import csv
import fcntl
import io
import json
import os
import pty
import re
import stat
import subprocess
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import SAMPLES

KEYSPEND = [sys.executable, "-m", "analytics"]
MAY = SAMPLES / "main-account" / "usage_data_2026_5.zip"
PARTIAL = SAMPLES / "main-account" / "usage_data_2026-07-01_2026-07-30.zip"


def keyspend(data, *arguments, **options):
    """Run the command on a data directory."""
    environment = {**os.environ, "KEYSPEND_DATA_DIR": str(data)}
    return subprocess.run([*KEYSPEND, *map(str, arguments)], capture_output=True, text=True, env=environment, check=False, **options)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data directory with one month in it."""
    folder = tmp_path_factory.mktemp("cli") / "data"
    assert keyspend(folder, "import", MAY).returncode == 0
    return folder


@pytest.fixture
def amount_only(tmp_path):
    """A folder with an amount file and no cost file."""
    with zipfile.ZipFile(MAY) as bundle:
        (name,) = [name for name in bundle.namelist() if re.search(r"(^|/)amount-[^/]*$", name)]
        bundle.extract(name, tmp_path / "amount only")
    return tmp_path / "amount only"


def test_a_csv_report_is_data_and_nothing_else(data):
    """stdout holds the CSV with the promised columns; nothing is on stderr when all is well."""
    done = keyspend(data, "report", "spend-by-key", "--month", "2026-05", "--format", "csv")

    header, *rows = csv.reader(io.StringIO(done.stdout))
    assert done.returncode == 0
    assert done.stderr == ""
    promised = "account, api_key, api_key_name, currency, computed_cost, input_cache_hit_tokens, input_cache_miss_tokens, output_tokens"
    assert {*promised.split(", "), "request_count"} <= set(header)
    assert rows
    assert all("E" not in row[header.index("computed_cost")] for row in rows)


def test_a_report_is_narrowed_and_broken_down(data):
    """Several keys and models, a currency, a step, a series and a number of them are options; a note on the comparison is on stderr."""
    keys = ["--key", "sandbox", "--key", "checkout-api", "--model", "deepseek-v4-flash", "--model", "deepseek-v4-pro", "--currency", "CNY"]
    done = keyspend(data, "report", "spend-trend", *keys, "--grain", "month", "--by", "key", "--top", "1", "--format", "csv")
    compared = keyspend(data, "report", "summary", "--month", "2026-05", "--format", "csv")

    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [(row["charge_date"], row["series"], row["is_other"]) for row in rows] == [
        ("2026-05-01", "checkout-api", "false"),
        ("2026-05-01", "other", "true"),
    ]
    assert compared.stderr == "note: there is no evidence of a period to compare with\n"


def test_reconciliation_has_its_promised_columns(data):
    """The reconciliation is a CSV with billed and computed cost, variance and status."""
    done = keyspend(data, "report", "reconciliation", "--format", "csv", "--strict")

    header, *rows = csv.reader(io.StringIO(done.stdout))
    assert done.returncode == 0
    assert {"account", "charge_date", "model", "currency", "billed_cost", "computed_cost", "variance", "status"} <= set(header)
    assert {row[header.index("status")] for row in rows} == {"reconciled"}


BARS = """
import sys
from pathlib import Path
from analytics import Keyspend
from analytics.ledger.database.builder import Build
statement = "SELECT current_setting('enable_progress_bar')"
with Build(Path(sys.argv[2]) / "new.duckdb", Path(sys.argv[2])) as build:
    print(Keyspend(sys.argv[1]).sql(statement).rows, build.query(statement).rows)
"""


def test_the_library_draws_no_bar(data, tmp_path):
    """In a notebook or under `python -c`, where DuckDB would draw a bar for all that takes long, stdout is the caller's alone."""
    done = subprocess.run([sys.executable, "-c", BARS, data, tmp_path], capture_output=True, text=True, check=True)

    assert done.stdout == "[(False,)] [(False,)]\n"


@pytest.mark.parametrize("format_name", ["table", "csv", "json", "markdown", "parquet"])
def test_a_file_holds_what_stdout_would(data, tmp_path, format_name):
    """`-o` writes the same bytes as stdout, for the owner alone, and stdout stays empty."""
    target = tmp_path / "report"
    command = [*KEYSPEND, "--data-dir", str(data), "report", "spend-by-model", "--format", format_name]

    shown = subprocess.run(command, capture_output=True, check=True).stdout
    written = subprocess.run([*command, "-o", str(target)], capture_output=True, check=True)

    assert written.stdout == b""
    assert target.read_bytes() == shown
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_receipts_are_text_or_json(tmp_path):
    """A receipt has layout, account, days, totals and reconciliation; `--json` holds the same and more, money as text."""
    text = keyspend(tmp_path / "a", "import", PARTIAL)
    machine = keyspend(tmp_path / "b", "import", "--json", PARTIAL)

    assert "layout      B" in text.stdout
    assert "2026-07-30: in progress when exported" in text.stdout
    assert "reconciled  yes, to the last digit" in text.stdout
    (receipt,) = json.loads(machine.stdout)
    assert receipt["layout"] == "B"
    assert receipt["partial_dates"] == ["2026-07-30"]
    assert isinstance(receipt["totals"][0]["billed_cost"], str)
    assert receipt["is_reconciled"] is True


def test_a_second_import_changes_nothing(data):
    """A second import of the same file succeeds with a message that names the first."""
    done = keyspend(data, "import", MAY)

    assert done.returncode == 0
    assert "already imported as number 1" in done.stdout


def test_one_bad_file_does_not_stop_the_others(tmp_path):
    """The good file is imported, the bad one is refused by name with its code, and the exit code is 3."""
    bad = tmp_path / "bad.zip"
    bad.write_text('{"code":0,"biz_msg":"INVALID_PARAM"}')

    done = keyspend(tmp_path / "data", "import", bad, MAY)

    assert done.returncode == 3
    assert "import 1" in done.stdout
    assert "bad.zip: " in done.stderr
    assert "[not-a-zip]" in done.stderr


def test_an_amount_file_alone_needs_its_flag(tmp_path, amount_only):
    """Without its cost file an export is refused; with the flag it is imported, unreconciled everywhere, and --strict exits with 4."""
    data = tmp_path / "data"

    assert keyspend(data, "import", amount_only).returncode == 3
    assert keyspend(data, "import", amount_only, "--without-cost", "--strict").returncode == 4
    report = keyspend(data, "report", "spend-by-month", "--format", "csv", "--strict")
    assert report.returncode == 4
    assert "not reconciled: 2026-05-01 to" in report.stderr
    assert ",unknown," in report.stdout


def test_an_incomplete_period_can_be_refused(tmp_path):
    """`--require-complete` exits with 5 when a day was in progress, after the report was given."""
    keyspend(tmp_path, "import", PARTIAL)

    done = keyspend(tmp_path, "report", "spend-by-day", "--month", "2026-07", "--format", "csv", "--require-complete")

    assert done.returncode == 5
    assert done.stdout.startswith("charge_date,")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["report", "no-such-report"], 2),
        (["report", "spend-by-key", "--month", "May"], 2),
        (["report", "spend-by-key", "--key", "nobody"], 2),
        (["report", "spend-by-key", "--key", "sandbox", "--key", "nobody"], 2),
        (["report", "spend-by-key", "--currency", "EUR"], 2),
        (["report", "spend-by-key", "--grain", "week"], 2),
        (["report", "spend-trend", "--by", "wallet"], 2),
        (["report", "key-movers", "--top", "-1"], 2),
        (["undo", "99"], 2),
        (["sql", "SELEC"], 2),
        (["import", "no-such-file.zip"], 3),
        (["frobnicate"], 2),
        (["report", "spend-by-key", "--format", "xml"], 2),
    ],
)
def test_mistakes_have_an_exit_code_and_a_message(data, arguments, code):
    """A wrong request has a message on stderr, without a traceback, and no data on stdout."""
    done = keyspend(data, *arguments)

    assert done.returncode == code
    assert done.stdout == ""
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


def test_a_busy_directory_is_75(data):
    """While another process writes, a writer exits with 75 (EX_TEMPFAIL) and names it, so that cron may try again; readers go on."""
    with (Path(data) / "lock").open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = keyspend(data, "undo", "1")
        reading = keyspend(data, "report", "spend-by-key", "--format", "csv")

    assert done.returncode == 75
    assert "is writing to this data directory" in done.stderr
    assert reading.returncode == 0


def test_undo_and_verify_and_rebuild(tmp_path):
    """An undone import is out of every report and still in the list; everything verifies before and after a rebuild."""
    keyspend(tmp_path, "import", MAY, PARTIAL)
    undone = keyspend(tmp_path, "undo", "1")
    months = keyspend(tmp_path, "report", "spend-by-month", "--format", "csv").stdout
    listed = list(csv.DictReader(io.StringIO(keyspend(tmp_path, "imports", "--format", "csv").stdout)))

    assert undone.returncode == 0
    assert "2026-05" not in months
    assert [row["status"] for row in listed] == ["undone", "active"]
    assert keyspend(tmp_path, "rebuild").returncode == 0
    assert keyspend(tmp_path, "report", "spend-by-month", "--format", "csv").stdout == months
    verified = keyspend(tmp_path, "verify")
    assert verified.returncode == 0
    assert verified.stdout.count("ok ") == 3


def test_csv_comes_in_the_dialect_of_european_excel(data):
    """`--excel --delimiter ';' --decimal ,` writes what such an Excel opens by itself; its digits are those of plain CSV."""
    report = ["report", "spend-by-key", "--month", "2026-05", "--format", "csv"]
    done = keyspend(data, *report, "--excel", "--delimiter", ";", "--decimal", ",", encoding="utf-8")

    assert done.stdout.startswith("\ufeffaccount;api_key;")
    rows = csv.DictReader(io.StringIO(done.stdout.removeprefix("\ufeff")), delimiter=";")
    plain = csv.DictReader(io.StringIO(keyspend(data, *report, encoding="utf-8").stdout))
    assert [row["computed_cost"].replace(",", ".") for row in rows] == [row["computed_cost"] for row in plain]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--format", "csv", "--decimal", ","], "decimal-parts"),
        (["--format", "csv", "--delimiter", "x"], "delimiter-unknown"),
        (["--format", "json", "--excel"], "dialect-unused"),
        (["--delimiter", ";"], "dialect-unused"),
    ],
)
def test_a_dialect_that_makes_no_sense_is_refused(data, options, code):
    """A dialect that cannot be read back, or is given for another format than CSV, is refused; nothing is written."""
    done = keyspend(data, "report", "spend-by-key", *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"[{code}]" in done.stderr


def test_a_month_pack_goes_into_a_file(data, tmp_path):
    """The pack is listed with the reports, written whole as xlsx and html, and refused as a table with what to do."""
    pack = ["report", "month-pack", "--month", "2026-05"]
    for name, start in (("xlsx", b"PK"), ("html", b"<!DOCTYPE html>")):
        path = tmp_path / f"pack.{name}"
        assert keyspend(data, *pack, "--format", name, "-o", path).returncode == 0
        assert path.read_bytes().startswith(start)
    refused = keyspend(data, *pack)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "--format xlsx, pdf, html -o FILE" in refused.stderr
    assert "month-pack" in keyspend(data, "reports").stdout


def test_sql_answers_in_every_format(data):
    """`keyspend sql` writes the rows of a query in any format."""
    done = keyspend(data, "sql", "SELECT count(*) AS days FROM owned_day", "--format", "json")

    assert json.loads(done.stdout) == [{"days": 31}]


def test_help_and_the_list_of_reports(tmp_path):
    """`--help` names every command, `reports` every report with a sentence; `python -m analytics` is the command."""
    text = keyspend(tmp_path, "--help").stdout
    assert all(name in text for name in ("import", "imports", "undo", "verify", "rebuild", "report", "reports", "sql"))
    assert "spend-by-key " in keyspend(tmp_path, "reports").stdout


def written_to(screen):
    """All that is written to a terminal, until the last process that has it open is gone; Linux then reports EIO."""
    parts = []
    with suppress(OSError):
        while part := os.read(screen, 65536):
            parts.append(part)
    os.close(screen)
    return b"".join(parts).decode()


def test_a_terminal_gets_a_progress_bar_and_a_table_of_its_width(data, tmp_path):
    """On a terminal the import shows its progress on stderr, and a table is no wider than it has to be."""
    screen, terminal = pty.openpty()
    environment = {**os.environ, "KEYSPEND_DATA_DIR": str(tmp_path), "TERM": "xterm", "COLUMNS": "100"}

    process = subprocess.Popen([*KEYSPEND, "import", str(MAY)], stdout=subprocess.PIPE, stderr=terminal, env=environment)
    os.close(terminal)
    shown = written_to(screen)
    receipt, _ = process.communicate()

    assert process.returncode == 0
    assert b"import 1" in receipt
    assert "reading" in shown
