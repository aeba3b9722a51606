"""Names are words of the field: none of those that only the authors would know."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "analytics"
MODULES = sorted(PACKAGE.rglob("*.py"))
NOT_NAMES = re.compile(
    "told|tell(s|ing)?|asks?|asked|asking|said|say(s|ing)?|judge[sd]?|judging|beside|heard|doubts?|verdicts?|bear(s|er|ing)?|borne|heirs"
)
WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")


def names(tree):
    """Every name that a module gives: functions, classes, parameters, variables, fields, and what imports are called."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, node.lineno
            case ast.arg(arg=name):
                yield name, node.lineno
            case ast.Name(id=name, ctx=ast.Store()):
                yield name, node.lineno
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield name, node.lineno
            case ast.alias(asname=str(name)):
                yield name, node.lineno


def words(name):
    """The words of a name, in lower case."""
    return [word.lower() for word in WORD.findall(name)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_names_are_words_of_the_field(path):
    """A name says what the value is, not that somebody found, told or asked for it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert [(name, line) for name, line in names(tree) if any(map(NOT_NAMES.fullmatch, words(name)))] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_says_what_it_is(path):
    """The first line of every module is a sentence about what the module is, not about what it is not."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))

    assert docstring
    assert docstring.splitlines()[0].endswith(".")
    assert not re.search(r"\b[Ii]t (?!is)\w+s (?:no|nothing|none|neither)\b|\bthey \w+ (?:no|nothing)\b", docstring)
