"""The README is true: its commands run, its code runs, its table is what the command prints."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from analytics.cli.main import main
from analytics.reports.catalog import reports
from tests.conftest import SAMPLES

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) for line in block.splitlines() if line]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A working folder with the samples in it, as in a clone."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "sample_exports").symlink_to(SAMPLES)
    return folder


def run(command, folder):
    """Run a line of the README as a shell would, with this interpreter's `keyspend`."""
    environment = {**os.environ, "KEYSPEND_DATA_DIR": str(folder / "data"), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    return subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, env=environment, check=False)


def test_every_command_runs(folder):
    """Every `keyspend` line of the README does what it says, in its order."""
    lines = [line for line in COMMANDS if line.startswith("keyspend ")]
    assert len(lines) >= 7
    for line in lines:
        done = run(line, folder)
        assert done.returncode == 0, f"{line}\n{done.stderr}"
    assert (folder / "reconciliation.csv").stat().st_size > 1000


def test_the_make_targets_exist():
    """Every `make` word of the README is a target of the Makefile."""
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"(?:`|^)make ([a-z-]+)", TEXT, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_demo_shows_a_month(tmp_path):
    """`make demo` imports the samples, shows the latest complete month, and says where the data is and what is next."""
    if not (ROOT / ".venv" / ".installed").exists():
        pytest.skip("this suite does not run from the Makefile's environment")
    done = subprocess.run(["make", "demo", "SERVE=", f"DEMO={tmp_path / 'demo'}"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "客服助手" in done.stdout
    assert str(tmp_path / "demo") in done.stdout
    assert "keyspend reports" in done.stdout
    assert "keyspend dashboard" in done.stdout


def test_the_notebook_runs(folder):
    """The library example runs as it stands and ends in a Polars and a pandas frame."""
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)

    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "decimal[38,18]" in done.stdout
    assert "request_count" in done.stdout


def test_the_tables_are_what_the_commands_print(samples, monkeypatch):
    """Each table in the README is the output of the command above it."""
    monkeypatch.chdir(ROOT)
    shown = re.findall(r"<!-- output: keyspend (.*?) -->\n```text\n(.*?)```", TEXT, re.DOTALL)

    assert len(shown) > 1
    for command, table in shown:
        done = CliRunner().invoke(main, ["--data-dir", str(samples.directory.root), *shlex.split(command)])
        assert done.stdout.strip("\n") == table.strip("\n"), command


def test_every_report_and_column_is_in_the_dictionary(samples):
    """Reports, views and their columns are all documented."""
    for name in reports():
        assert f"`{name}`" in TEXT
    views = ["usage", "billing", "reconciliation", "owned_day", "day_overlap", "api_key_name", "imports"]
    assert all(f"| `{view}` |" in TEXT for view in views)
    documented = set(re.findall(r"`([a-z_]+)`", TEXT))
    assert set(samples.sql("SELECT * FROM usage LIMIT 0").names) <= documented
    assert set(samples.sql("SELECT * FROM reconciliation LIMIT 0").names) <= documented
