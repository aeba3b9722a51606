"""The walls of the house: which room may import which, and what a command loads."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "analytics"
MODULES = sorted(path.relative_to(PACKAGE.parent) for path in PACKAGE.rglob("*.py"))

FLOORS = [
    {"errors", "money", "period", "config", "durable", "frame", "neutral", "chromium"},
    {"sentences"},
    {"exports", "ledger", "analysis", "settings", "documents", "display", "notices", "timers"},
    {"store", "owners"},
    {"questions", "scope", "budgets"},
    {"decided"},
    {"preparing"},
    {"acting", "admission", "findings", "freezing", "metrics", "price_file"},
    {"asking"},
    {"comparing", "replay", "receipts", "reports", "what_if"},
    {"focus"},
    {"telling", "packs", "drivers"},
    {"month_pack"},
    {"auditing", "closing", "importer", "judging", "undoing", "verification", "writers", "terminal", "charts"},
    {"schedules"},
    {"keyspend"},
    {""},
    {"assistants"},
    {"dashboard", "commands"},
    {"cli"},
    {"__main__"},
]


def room(path):
    """The room of a module: its folder, or its own name on the ground floor."""
    inside = path.relative_to("analytics").with_suffix("").parts
    return "" if inside == ("__init__",) else inside[0]


def imported(path):
    """The modules that a file imports, at the top or inside functions, but not for types alone."""
    for node in ast.walk(_without_type_checking(ast.parse((PACKAGE.parent / path).read_text()))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.module == "analytics":
                yield from (f"analytics.{alias.name}" for alias in node.names)
            else:
                yield node.module


def _without_type_checking(tree):
    for node in ast.walk(tree):
        if hasattr(node, "body") and isinstance(node.body, list):
            node.body = [part for part in node.body if not (isinstance(part, ast.If) and getattr(part.test, "id", "") == "TYPE_CHECKING")]
    return tree


def floor(name):
    """The height of a room."""
    return next(height for height, rooms in enumerate(FLOORS) if name in rooms)


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_imports_point_down(path):
    """A module imports only its own room and rooms below it; the ground floor may say no to itself."""
    for name in imported(path):
        if not name.startswith("analytics."):
            continue
        other = name.split(".")[1]
        if other not in {r for rooms in FLOORS for r in rooms}:
            continue
        same = other == room(path)
        allowed = same or floor(other) < floor(room(path)) or (floor(other) == 0 == floor(room(path)) and other == "errors")
        assert allowed, f"{path} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_every_module_says_what_it_is(path):
    """The first line of every module is a sentence."""
    text = ast.get_docstring(ast.parse((PACKAGE.parent / path).read_text()))
    assert text
    assert text.splitlines()[0].endswith(".")


def loaded(*arguments):
    """The modules in memory after the command ran."""
    code = (
        "import sys; from analytics.cli import main\n"
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
