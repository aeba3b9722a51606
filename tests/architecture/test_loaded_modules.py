"""What a command loads, and that every module says what it is."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "analytics"
MODULES = sorted(path.relative_to(PACKAGE.parent) for path in PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_every_module_says_what_it_is(path):
    """The first line of every module is a sentence."""
    text = ast.get_docstring(ast.parse((PACKAGE.parent / path).read_text()))
    assert text
    assert text.splitlines()[0].endswith(".")


def loaded(*arguments):
    """The modules in memory after the command ran."""
    code = (
        "import sys; from analytics.cli.main import main\n"
        f"try: main({list(arguments)!r})\nexcept SystemExit: pass\n"
        "print('\\n' + ' '.join(m for m in sys.modules if '.' not in m))"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    return set(output.splitlines()[-1].split())


def test_help_loads_nothing_heavy():
    """`keyspend --help` loads no database, no data-frame library and no table drawing."""
    assert not loaded("--help") & {
        "duckdb",
        "pyarrow",
        "polars",
        "pandas",
        "numpy",
        "rich",
        "platformdirs",
        "streamlit",
        "plotly",
        "babel",
        "mcp",
    }
    assert "duckdb" not in loaded("reports")


def test_a_csv_report_loads_no_frame_library(samples):
    """A schedule that writes CSV pays for DuckDB alone."""
    heavy = {"pyarrow", "polars", "pandas", "rich", "xlsxwriter", "pygal", "jinja2"}
    assert not loaded("--data-dir", str(samples.directory.root), "report", "spend-by-key", "--format", "csv") & heavy
