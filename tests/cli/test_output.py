"""Where output goes: files by their suffix, stdout, and readers who have enough."""

import subprocess
import sys
import zipfile

import pytest
from click.testing import CliRunner

from analytics.cli.main import main

REPORT = ("report", "spend-by-key", "--month", "2026-08")


def run(ledger, *arguments):
    """The result of a command."""
    return CliRunner().invoke(main, ["--data-dir", str(ledger.directory.root), *map(str, arguments)])


@pytest.mark.parametrize("suffix", ["csv", "json", "md", "html"])
def test_a_file_has_the_format_of_its_suffix(samples, tmp_path, suffix):
    """The bytes are those of the format that is named."""
    named = {"md": "markdown"}.get(suffix, suffix)
    assert run(samples, *REPORT, "-o", tmp_path / f"a.{suffix}").exit_code == 0
    assert run(samples, *REPORT, "--format", named, "-o", tmp_path / "b").exit_code == 0

    assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_workbook_is_a_workbook(samples, tmp_path):
    """A file that is named .xlsx can be opened as one, whatever the case of its suffix."""
    assert run(samples, *REPORT, "-o", tmp_path / "a.XLSX").exit_code == 0
    assert "xl/workbook.xml" in zipfile.ZipFile(tmp_path / "a.XLSX").namelist()


def test_a_suffix_that_contradicts_the_format_is_refused(samples, tmp_path):
    """Nothing is written under a name that says something else; a suffix that means no format takes any."""
    refused = run(samples, *REPORT, "--format", "csv", "-o", tmp_path / "a.xlsx")
    assert (refused.exit_code, "[format-suffix]" in refused.stderr) == (2, True)
    assert not list(tmp_path.iterdir())
    assert run(samples, *REPORT, "--format", "csv", "-o", tmp_path / "a.txt").exit_code == 0


def test_focus_goes_by_the_suffix_too(samples, tmp_path):
    """A file of charges that is named .parquet is one, and one that is named .xlsx is refused."""
    assert run(samples, "report", "focus", "--month", "2026-08", "-o", tmp_path / "a.parquet").exit_code == 0
    assert (tmp_path / "a.parquet").read_bytes()[:4] == b"PAR1"
    assert run(samples, "report", "focus", "--month", "2026-08", "-o", tmp_path / "a.xlsx").exit_code == 2


def test_a_dash_is_stdout(samples):
    """`-o -` prints what no `-o` prints."""
    assert run(samples, *REPORT, "-o", "-").stdout == run(samples, *REPORT).stdout


def test_a_missing_folder_is_named(samples, tmp_path):
    """A folder that does not exist is no full disk."""
    refused = run(samples, *REPORT, "-o", tmp_path / "nowhere" / "a.csv")

    assert (refused.exit_code, "[folder-missing]" in refused.stderr) == (2, True)
    assert "nowhere" in refused.stderr


def test_a_reader_who_has_enough_ends_it(samples):
    """`keyspend sql … | head -1` ends with 0, and without an error."""
    statement = "SELECT * FROM usage, range(3)"
    command = [sys.executable, "-m", "analytics", "--data-dir", str(samples.directory.root), "sql", statement, "--format", "csv"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        first = process.stdout.readline()
        process.stdout.close()
        complaint = process.stderr.read()

    assert first.startswith(b"account,")
    assert (process.returncode, complaint) == (0, b"")
