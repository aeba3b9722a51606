"""The SQL of reports: each with those shared definitions that it needs."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files

_DEFINITIONS = ("scope", "owners", "series")
_SERIES = {"key": "key", "account": "account", "total": "account"}
"""What series are of, by how a report is broken down; else of owners."""
_WORD = re.compile(r"\w+")


@cache
def sql(name: str, by: str | None = None) -> str:
    """The statement of report `name`, broken down by `by`, with the definitions that it needs."""
    return with_definitions(_text(name), by)


@lru_cache(maxsize=256)
def with_definitions(body: str, by: str | None = None) -> str:
    """A statement with those definitions before it that it needs, itself or through each other.

    Of those that depend on what series are of, it has the ones for `by`: to plan the others takes longer than to run the statement.
    """
    definitions: list[str] = []
    words = set(_WORD.findall(body))
    for name, definition in reversed(_definitions(_SERIES.get(by or "", "owner")).items()):
        if name in words:
            definitions.insert(0, definition)
            words.update(_WORD.findall(definition))
    opening = "WITH " + ",\n\n".join(definitions)
    return f"{opening},\n\n{body.removeprefix('WITH ')}" if body.startswith("WITH ") else f"{opening}\n{body}"


@cache
def _text(name: str) -> str:
    return files("analytics.reports").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8").strip()


@cache
def _definitions(of: str) -> dict[str, str]:
    """The definitions of the scope by name, each after those that it needs; `x_of_key` is `x` where series are of keys."""
    text = "\n".join(_text(f"definitions/{name}") for name in _DEFINITIONS)
    text = re.sub(rf"^(\w+)_of_{of} AS", r"\1 AS", text, flags=re.MULTILINE)
    found = re.finditer(r"^(?:WITH )?((\w+) AS .*?^\)),?$", text, re.MULTILINE | re.DOTALL)
    return {match[2]: match[1] for match in found}
