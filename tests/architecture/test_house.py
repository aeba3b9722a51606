"""The house and its description agree: rooms, what each is for, and the files to touch for a change."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "analytics"
README = (ROOT / "README.md").read_text(encoding="utf-8")
DEVELOPMENT = (ROOT / "docs" / "development.md").read_text(encoding="utf-8")
ROOMS = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))


def table(text, heading):
    """The rows below a table's heading, as lists of cells."""
    rows = text.partition(heading)[2].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def test_the_readme_says_of_each_room_what_its_docstring_says():
    """The README's map has every room, with the first sentence of the room's docstring."""
    told = {name.strip("`/"): sentence for name, sentence in table(README, "| room of `analytics/` | what it is for |")}

    assert told == {
        room: ast.get_docstring(ast.parse((PACKAGE / room / "__init__.py").read_text(encoding="utf-8"))).splitlines()[0] for room in ROOMS
    }


def test_nothing_but_the_door_stands_outside_a_room():
    """Loose modules are the package's own two files and the library."""
    assert sorted(path.name for path in PACKAGE.glob("*.py")) == ["__init__.py", "__main__.py", "api.py"]


def test_the_floors_of_the_documentation_are_those_of_the_contract():
    """The table of floors is the contract that import-linter checks."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract.get("containers") == ["analytics"])
    described = [set(re.findall(r"`(\w+)`", rooms)) for _, rooms in table(DEVELOPMENT, "| floor | rooms |")]

    assert described == [set(layer.split(" | ")) for layer in layers]


def test_no_contract_has_an_exception():
    """What a contract forbids is forbidden everywhere."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]

    assert [contract["name"] for contract in contracts if contract.get("ignore_imports")] == []


CHANGES = table(DEVELOPMENT, "| to add | touch |")
PATH = re.compile(r"`([\w/.<>-]+[/.][\w/.<>]*)`")
PATHS = [(change, path) for change, cells in CHANGES for path in PATH.findall(cells)]


@pytest.mark.parametrize(("change", "path"), PATHS)
def test_each_file_to_touch_exists(change, path):
    """Each file that the table names is there; for a file that would be new, there is one like it."""
    pattern = re.sub(r"<\w+>", "*", path.rstrip("/"))
    assert list(ROOT.glob(pattern)), f"{change}: {path}"


def test_every_change_names_files():
    """No row of the table is without a file."""
    assert {change for change, _ in PATHS} == {change for change, _ in CHANGES}


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT / "tests")))
def test_no_test_imports_a_test(path):
    """What several tests share is in tests/support."""
    modules = [node.module or "" for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.ImportFrom)]
    assert [module for module in modules if module.startswith("tests.") and module.rpartition(".")[2].startswith("test_")] == []
