"""Names and docstrings say what things are, in the standard terms of the field."""

import ast
import re
from pathlib import Path

import pytest

import analytics

ROOT = Path(analytics.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
SQL = sorted(ROOT.rglob("*.sql"))
PRIVATE_DIALECT = re.compile(
    r"(told|tells?|telling|asks?|asked|asking|said|says?|saying|judge[sd]?|judging|beside|heard|doubts?|verdicts?|bears?|bearer|borne|heirs)",
    re.IGNORECASE,
)
STORED = {"verdict"}
"""The field of feedback in the journal, and with it the argument of `Keyspend.feedback`."""
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
IS_NOT = re.compile(r"\b(it|and|which) (knows|draws|asks|adds|computes|writes|decides|guesses|reads|says) (nothing|no)\b")


def names(tree):
    """Every name that a module gives to something."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.alias) and node.asname:
            yield node.asname


def words(name):
    """The words of a name."""
    return WORD.findall(name)


def relative(path):
    """The path within the package."""
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_a_name_says_what_a_value_is(path):
    """No name of a module says that somebody told, asked or judged something."""
    given = set(names(ast.parse(path.read_text(encoding="utf-8")))) | {path.stem}
    assert not sorted(name for name in given - STORED if any(PRIVATE_DIALECT.fullmatch(word) for word in words(name)))


@pytest.mark.parametrize("path", SQL, ids=relative)
def test_a_name_in_sql_says_what_a_value_is(path):
    """The same of SQL, with its comments."""
    text = path.read_text(encoding="utf-8")
    assert not sorted({word for word in words(text) if PRIVATE_DIALECT.fullmatch(word)} - STORED)


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_a_docstring_does_not_say_what_a_module_is_not(path):
    """The rules of imports say it better, and cannot go stale."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    assert not IS_NOT.search(docstring)
